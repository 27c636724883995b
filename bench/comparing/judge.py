"""Whether servers answer rightly: asked one question at a time before and after the rounds, and by what bench/load counts in them."""

import time

from comparing import dns
from comparing.server import PATIENCE_S, Running
from comparing.work import Question, Workload

SAMPLES = 200


def wait_right(server: Running, workload: Workload) -> None:
    """Until every sample is answered as it should be: a server may need its first checks for that."""
    end = time.monotonic() + PATIENCE_S / 4
    while wrong := wrong_answers(server.port, workload):
        if time.monotonic() > end:
            raise failed(server.name, workload, "before the rounds", wrong)
        time.sleep(0.5)


def expect_right(server: Running, workload: Workload) -> None:
    """Once more, after the rounds."""
    if wrong := wrong_answers(server.port, workload):
        raise failed(server.name, workload, "after the rounds", wrong)


def expect_right_round(name: str, workload: Workload, one: dict) -> None:
    if wrong := wrong_counts(one, workload):
        raise failed(name, workload, "in a round", wrong)


def failed(name: str, workload: Workload, when: str, wrong: list[str]) -> SystemExit:
    return SystemExit(f"{name}, {workload.name}: wrong answers {when}:\n" + "\n".join(wrong[:5]))


def wrong_answers(port: int, workload: Workload) -> list[str]:
    wrong, seen = [], set()
    for question, client in workload.samples(SAMPLES):
        reply = dns.ask(port, question.name, "A", question.subnet, client, bool(workload.queries_per_connection))
        if not is_right(reply, question):
            wrong.append(f"{question} from {client}: {reply}")
        elif reply:
            seen |= reply.addresses
    if not wrong and workload.steering and seen != {site.address for site in workload.steering.sites} and workload.needs_every_site():
        wrong.append(f"only ever {sorted(seen)}")
    return wrong


def is_right(reply: dns.Reply | None, question: Question) -> bool:
    if reply is None or not reply.authoritative or reply.truncated or not is_right_subnet(reply, question):
        return False
    if question.expected is None:
        return reply.rcode == dns.NXDOMAIN and not reply.addresses
    return reply.rcode == dns.NOERROR and len(reply.addresses) == 1 and reply.addresses <= question.expected


def is_right_subnet(reply: dns.Reply, question: Question) -> bool:
    """The client subnet comes back as it was sent (RFC 7871, 7.2.1), and says that the answer depends on it: the sites differ."""
    return reply.subnet == question.subnet and (reply.scope > 0) == bool(question.subnet)


def wrong_counts(one: dict, workload: Workload) -> list[str]:
    """What cannot be right of the replies of a round: bench/load asks the questions in their order, so it is known of how many there
    is no such name. What was lost may be of either kind."""
    noerror, nxdomain = one["rcodes"][dns.NOERROR], one["rcodes"][dns.NXDOMAIN]
    missing = workload.missing_among(one["sent"])
    others = {rcode: count for rcode, count in enumerate(one["rcodes"]) if count and rcode not in (dns.NOERROR, dns.NXDOMAIN)}
    wrong = [f"{count:,} replies with rcode {rcode}" for rcode, count in others.items()]
    if nxdomain > missing:
        wrong.append(f"{nxdomain:,} replies NXDOMAIN to {missing:,} questions for names that there are not")
    if noerror > one["sent"] - missing:
        wrong.append(f"{noerror:,} replies NOERROR to {one['sent'] - missing:,} questions for names that there are")
    if one["empty"]:
        wrong.append(f"{one['empty']:,} replies NOERROR without an answer")
    if one["truncated"]:
        wrong.append(f"{one['truncated']:,} truncated replies")
    return wrong
