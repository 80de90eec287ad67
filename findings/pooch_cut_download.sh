#!/usr/bin/env bash
# pooch and a connection that is cut.
# Versions: pooch 1.9.0, requests 2.34.2, any Python that has them (seen with 3.11.7 on Linux x86-64, 2026-11-28).
# One would guess: a library for downloads goes on where a connection was cut, at least within its own retries, and gives up on a
#   file that is larger than it can be.
# What happens: every try begins at the first byte and throws away what it had, so that a server which answers to ranges but cuts
#   each answer at 40 % never gets a file through; and pooch reads whatever comes, however much, before it looks at the checksum.
# Output seen: cut: ChunkedEncodingError after 4 requests, 0 of them for the rest, 0 bytes kept
#   too long: ValueError after 40,000,000 bytes for a file of 1,000,000
# What to do: where connections are poor, ask for the rest of a file oneself (Range), and stop at the most bytes that it can have.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pooch==1.9.0 requests==2.34.2
cd "$folder"
no_proxy="*" "$folder/venv/bin/python" - <<'PYTHON'
import hashlib
import http.server
import pathlib
import sys
import threading

import pooch

BODY = bytes(1_000_000)
asked, sent = [], [0]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.headers.get("Range"))
        start = int(asked[-1].removeprefix("bytes=").removesuffix("-")) if asked[-1] else 0
        self.send_response(206 if start else 200)
        cut = self.path == "/cut.bin"
        if cut:
            self.send_header("Content-Length", str(len(BODY) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        for _ in range(1 if cut else 40):
            part = BODY[start:][:400_000] if cut else BODY
            self.wfile.write(part)
            sent[0] += len(part)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
pooch.get_logger().setLevel("ERROR")
registry = dict.fromkeys(("cut.bin", "long.bin"), hashlib.sha256(BODY).hexdigest())


def outcome(name, tries):
    asked.clear()
    sent[0] = 0
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        pooch.create(path="kept", base_url=address, registry=registry, retry_if_failed=tries).fetch(name)
    except Exception as error:
        return type(error).__name__
    return "arrived"


cut = outcome("cut.bin", 3), len(asked), sum(map(bool, asked)), sum(path.stat().st_size for path in pathlib.Path("kept").iterdir())
long = outcome("long.bin", 0), sent[0]
print("cut: {} after {} requests, {} of them for the rest, {} bytes kept".format(*cut))
print("too long: {} after {:,} bytes for a file of {:,}".format(*long, len(BODY)))
sys.exit("changed" if cut != ("ChunkedEncodingError", 4, 0, 0) or long != ("ValueError", 40_000_000) else 0)
PYTHON
