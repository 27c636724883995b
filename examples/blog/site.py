"""One of the blog's two sites: a web server that says where it is. usage: site.py ADDRESS PORT NAME"""

import http.server
import sys


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello from {sys.argv[3]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass  # health checks ask every second


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Site).serve_forever()
