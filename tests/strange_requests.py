"""Requests over HTTP/1 as clients send them, and as none should."""

from hypothesis import strategies as st

HEADERS = st.lists(
    st.sampled_from(
        [
            *("Host: x", "host:y", "Accept: */*", "X-Empty:", "Connection: keep-alive", "Connection: close"),
            *("Expect: 100-continue", "Content-Encoding: gzip", "X-Long: " + "a" * 300, "Upgrade: h2c", "Bad header"),
        ]
    ),
    max_size=4,
)


@st.composite
def strange_requests(draw: st.DrawFn, targets: list[str]) -> bytes:
    """One request to one of the targets, well formed or nearly so."""
    body = draw(st.sampled_from([b"", b"{}", b"\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"x" * 40]))
    method, target = draw(st.sampled_from(["GET", "POST", "HEAD"])), draw(st.sampled_from(targets))
    lines = [f"{method} {target} HTTP/1.{draw(st.integers(0, 1))}"]
    lines += draw(HEADERS)
    if draw(st.booleans()):
        lines.append(f"Content-Length: {len(body) + draw(st.sampled_from([0, 0, 0, 1, -1]))}")
    elif draw(st.booleans()):
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    end = draw(st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"]))
    lead = draw(st.sampled_from([b"", b"", b"\r\n", b"\r\n\r\n"]))
    return lead + (end.join(lines) + end + end).encode() + body
