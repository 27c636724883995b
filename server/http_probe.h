// HTTP, HTTPS and TCP checks: the transfer that a check asks for, and what its result says. Pure
// functions of their arguments.
#pragma once

#include <string>

#include "health/check.h"
#include "server/probe_result.h"
#include "server/transfer.h"

namespace rhumb {

// What transfers of all types have in common: address, port and time.
TransferRequest plain_request(const CheckSpec& spec, const IpAddress& address, Patience patience);

// The name in the URL: the host, else the address if it is a name; empty: the address asked.
std::string url_name(const CheckSpec& spec);

// The check's own headers as lines, Host among them.
std::vector<std::string> header_lines(const CheckSpec& spec);

TransferRequest http_request(const CheckSpec& spec, const IpAddress& address, Patience patience);

// A status that is not expected decides, whatever became of the body.
ProbeResult judge_http(const CheckSpec& spec, const TransferResult& transfer);

TransferRequest tcp_request(const CheckSpec& spec, const IpAddress& address, Patience patience);

ProbeResult judge_tcp(const CheckSpec& spec, const TransferResult& transfer);

}  // namespace rhumb
