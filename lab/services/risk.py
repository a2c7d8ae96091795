"""Scores the risk of an order. Python's standard library alone: an HTTP server with a thread a connection."""

import json
import os
import random
import socket
import sys
import threading
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COLLECTOR = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
NAME = os.environ["OTEL_SERVICE_NAME"]
RESOURCE = dict(pair.split("=", 1) for pair in os.environ["OTEL_RESOURCE_ATTRIBUTES"].split(","))
ROUNDS = 165_000
EXPORT_S = 1.0

settings = json.loads(os.environ.get("NOVAPAY_SETTINGS", "{}"))
spans = []
lock = threading.Lock()


def score(key):
    """A walk over made-up trees, in Python alone: it holds the interpreter while it runs."""
    state = sum(key.encode()) | 1
    total = 0
    for _ in range(ROUNDS):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        total += state & 1 if state & 4 else -(state & 1)
    return total / ROUNDS


def attribute(key, value):
    kind = "intValue" if isinstance(value, int) else "stringValue"
    return {"key": key, "value": {kind: str(value) if kind == "intValue" else value}}


def resource():
    own = {"service.name": NAME, **RESOURCE, "telemetry.sdk.language": "python"}
    return {"attributes": [attribute(k, v) for k, v in own.items()]}


def send(path, body):
    request = urllib.request.Request(
        COLLECTOR + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=5).read()
    except OSError:
        pass


def export():
    with lock:
        sent, spans[:] = spans[:], []
    if sent:
        scope = {"scope": {"name": "novapay.risk"}, "spans": sent}
        send("/v1/traces", {"resourceSpans": [{"resource": resource(), "scopeSpans": [scope]}]})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        started = time.time_ns()
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if self.path == "/-/settings":
            settings.update(body)
            return self.answer(settings)
        key = str(body.get("key", ""))
        if settings.get("riskCheck") == "processes":
            result = workers.submit(score, key).result()
        else:
            result = score(key)
        self.answer({"risk": result})
        self.record(started)

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def record(self, started):
        parts = (self.headers.get("traceparent") or "").split("-")
        if len(parts) != 4 or parts[3] != "01":
            return
        span = {
            "traceId": parts[1],
            "spanId": f"{random.getrandbits(64):016x}",
            "parentSpanId": parts[2],
            "name": "POST " + self.path,
            "kind": 2,
            "startTimeUnixNano": str(started),
            "endTimeUnixNano": str(time.time_ns()),
            "attributes": [
                attribute("http.request.method", "POST"),
                attribute("http.route", self.path),
                attribute("http.response.status_code", 200),
            ],
            "status": {},
        }
        with lock:
            spans.append(span)

    def log_message(self, *_):
        pass


def ticking():
    before = time.process_time(), time.monotonic()
    while True:
        time.sleep(EXPORT_S)
        export()
        now = time.process_time(), time.monotonic()
        share = (now[0] - before[0]) / (now[1] - before[1])
        before = now
        point = {"timeUnixNano": str(time.time_ns()), "asDouble": share}
        metric = {"name": "process.cpu.utilization", "unit": "1", "gauge": {"dataPoints": [point]}}
        scope = {"scope": {"name": "novapay.risk"}, "metrics": [metric]}
        send("/v1/metrics", {"resourceMetrics": [{"resource": resource(), "scopeMetrics": [scope]}]})


def listen(channel):
    """Obeys the parent process, which speaks lines of JSON; its end is the end of this one."""
    for line in channel.makefile("r"):
        message = json.loads(line)
        if message == "flush":
            export()
            channel.sendall(b'{"flushed":true}\n')
        if message == "stop":
            break
    workers.shutdown(wait=False, cancel_futures=True)
    for child in list(workers._processes.values()):
        child.terminate()
    os._exit(0)


if __name__ == "__main__":
    # Forked before there are threads: a worker is to inherit none.
    workers = ProcessPoolExecutor(max_workers=2)
    for started in [workers.submit(score, "warm") for _ in range(2)]:
        started.result()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=ticking, daemon=True).start()
    channel = socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"]))
    channel.sendall(json.dumps({"ready": True, "port": server.server_address[1]}).encode() + b"\n")
    listen(channel)
    sys.exit(0)
