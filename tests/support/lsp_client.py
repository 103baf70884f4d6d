"""A client of the Language Server Protocol over pipes, for scripts that drive `edict lsp`."""

import json
import os
import select
import subprocess
import urllib.parse


def uri_of(path):
    return "file://" + urllib.parse.quote(os.path.abspath(path), safe="/-._~")


class Client:
    """One server. `ask` waits for the answer; notifications of the server are kept in `told`."""

    def __init__(self, command, folder=None, encodings=None, markdown=False, start=True):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.buffer, self.next, self.told, self.versions, self.capabilities = b"", 1, [], {}, None
        if not start:
            return
        general = {"positionEncodings": encodings} if encodings else {}
        text = {"hover": {"contentFormat": ["markdown", "plaintext"]}} if markdown else {}
        answer = self.ask("initialize", processId=None, rootUri=uri_of(folder) if folder else None,
                          capabilities={"general": general, "textDocument": text})
        self.capabilities = answer["result"]["capabilities"]
        self.tell("initialized")

    # ---- bytes ----

    def send_bytes(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    @staticmethod
    def frame(message):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return b"Content-Length: %d\r\n\r\n" % len(body) + body

    def read(self, timeout=20):
        """The next message of the server."""
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if found:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            if not select.select([self.process.stdout], [], [], timeout)[0]:
                raise TimeoutError("the server says nothing")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                raise EOFError("the server is gone")
            self.buffer += data

    # ---- messages ----

    def tell(self, method, **params):
        self.send_bytes(self.frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def ask(self, method, **params):
        number, self.next = self.next, self.next + 1
        self.send_bytes(self.frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        return self.answer(number)

    def answer(self, number):
        while True:
            message = self.read()
            if "method" not in message and message.get("id") == number:
                return message
            self.told.append(message)

    # ---- documents ----

    def open(self, path, text=None):
        if text is None:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        self.versions[path] = 1
        self.tell("textDocument/didOpen", textDocument={"uri": uri_of(path), "languageId": "edict", "version": 1,
                                                        "text": text})

    def change(self, path, *changes):
        self.versions[path] += 1
        self.tell("textDocument/didChange", textDocument={"uri": uri_of(path), "version": self.versions[path]},
                  contentChanges=list(changes))

    def close(self, path):
        self.tell("textDocument/didClose", textDocument={"uri": uri_of(path)})

    def at(self, method, path, line, character, **more):
        return self.ask("textDocument/" + method, textDocument={"uri": uri_of(path)},
                        position={"line": line, "character": character}, **more)

    def findings(self, path, since=0):
        """What was published last about a file: asks something, so that all before it is known."""
        self.ask("workspace/symbol", query="no such symbol")
        found = None
        for message in self.told[since:]:
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri_of(path):
                found = params
        return found

    def stop(self):
        """Shuts down as the protocol says; returns the exit code."""
        self.ask("shutdown")
        self.tell("exit")
        return self.process.wait(timeout=20)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
