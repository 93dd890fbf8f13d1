#!/usr/bin/env python3
"""Serves a made-up cluster on loopback as an API server does: lists in pages, each object with the bulk that a server adds.

api_server.py SHAPE KUBECONFIG [--share F] [--bulk BYTES]: writes a kubeconfig that leads to it, says what all lists weigh, and serves until
its standard input ends. BYTES of managedFields stand in each object (4,096): what kubectl hides and nobody needs.
"""
import argparse
import http.server
import json
import pathlib
import sys
import threading
import urllib.parse

import generate

PATHS = {"Pod": "/api/v1/pods", "Namespace": "/api/v1/namespaces",
         "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies"}
EMPTY = ["/api/v1/services", "/api/v1/nodes", "/apis/discovery.k8s.io/v1/endpointslices",
         "/apis/policy/v1/poddisruptionbudgets", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"]


def lists(shape, share, bulk):
    """Encoded objects by path."""
    found = {path: [] for path in [*PATHS.values(), *EMPTY]}
    entry = {"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:" + "x" * 60: {} for _ in range(1)}}
    managed = [entry] * (bulk // len(json.dumps(entry)))
    for items in generate.objects(generate.scaled(shape, share), 1):
        for item in items:
            item["metadata"]["managedFields"] = managed
            found[PATHS[item["kind"]]].append(json.dumps(item).encode())
    return found


def handler(found):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            url = urllib.parse.urlparse(self.path)
            if url.path == "/version":
                return self.answer(200, b'{"gitVersion": "v1.34.0"}')
            if url.path == "/apis":
                return self.answer(200, b'{"kind": "APIGroupList", "apiVersion": "v1", "groups": []}')
            if url.path not in found:
                return self.answer(404, b'{"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "message": "no such list"}')
            query = urllib.parse.parse_qs(url.query)
            limit = int(query.get("limit", ["1000000"])[0])
            begin = int(query.get("continue", ["0"])[0])
            items = found[url.path][begin:begin + limit]
            more = str(begin + limit) if begin + limit < len(found[url.path]) else ""
            kind = next((k for k, path in PATHS.items() if path == url.path), "Object")
            head = json.dumps({"kind": kind + "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1", "continue": more}})
            return self.answer(200, head[:-1].encode() + b', "items": [' + b",".join(items) + b"]}")

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=generate.SHAPES)
    parser.add_argument("kubeconfig", type=pathlib.Path)
    parser.add_argument("--share", type=float, default=1)
    parser.add_argument("--bulk", type=int, default=4096)
    arguments = parser.parse_args()
    found = lists(arguments.shape, arguments.share, arguments.bulk)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(found))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    arguments.kubeconfig.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "made-up", "users": [{"name": "nobody", "user": {}}],
        "clusters": [{"name": "made-up", "cluster": {"server": address}}],
        "contexts": [{"name": "made-up", "context": {"cluster": "made-up", "user": "nobody"}}]}))
    print(sum(len(item) for items in found.values() for item in items), flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
