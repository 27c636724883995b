#include "server/control_access.h"

namespace rhumb {
namespace {

ControlRequest change(const std::string& bearer) {
  ControlRequest request;
  request.method = "PUT";
  request.path = "/api/v1/overrides/a";
  request.bearer = bearer;
  return request;
}

TEST(ControlAccess, WhatChangesNothingNeedsNoToken) {
  ControlRequest request;
  request.method = "GET";
  EXPECT_FALSE(refuse_change(request, "secret").has_value());
  request.method = "HEAD";
  EXPECT_FALSE(refuse_change(request, "").has_value());
}

TEST(ControlAccess, WithoutATokenOfItsOwnAListenerIsReadOnly) {
  const auto refusal = refuse_change(change("anything"), "");
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, 403);
  EXPECT_EQ(refusal->body,
            "{\"error\":\"this address is read-only, since `http` has no tokenFile; use the "
            "control socket, or give it one\"}");
}

TEST(ControlAccess, AMissingOrWrongTokenIsChallenged) {
  for (const char* given : {"", "secre", "secrets", "Secret"}) {
    const auto refusal = refuse_change(change(given), "secret");
    ASSERT_TRUE(refusal.has_value()) << given;
    EXPECT_EQ(refusal->status, 401);
    EXPECT_EQ(refusal->challenge, "Bearer realm=\"rhumb\"");
  }
  EXPECT_FALSE(refuse_change(change("secret"), "secret").has_value());
}

TEST(ControlAccess, ABearerStandsBehindItsScheme) {
  EXPECT_EQ(bearer_in("Bearer abc"), "abc");
  EXPECT_EQ(bearer_in("bearer  abc "), "abc");
  EXPECT_EQ(bearer_in("Basic abc"), "");
  EXPECT_EQ(bearer_in("Bearer"), "");
}

}  // namespace
}  // namespace rhumb
