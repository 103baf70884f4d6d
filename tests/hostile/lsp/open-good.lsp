Content-Length: 176

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}}}Content-Length: 181

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/definition", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}}}Content-Length: 222

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/references", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}, "context": {"includeDeclaration": true}}}Content-Length: 184

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/prepareRename", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}}}Content-Length: 200

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/rename", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}, "newName": "pii.mail"}}Content-Length: 181

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 28}}}Content-Length: 143

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/documentSymbol", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}}}Content-Length: 137

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}}}Content-Length: 154

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/formatting", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "options": {}}}Content-Length: 83

{"jsonrpc": "2.0", "id": 1, "method": "workspace/symbol", "params": {"query": "p"}}Content-Length: 256

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeAction", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}, "context": {"diagnostics": []}}}Content-Length: 159

{"jsonrpc": "2.0", "id": 1, "method": "workspace/executeCommand", "params": {"command": "edict.runTests", "arguments": ["file:///no-such-folder/rules.edict"]}}Content-Length: 63

{"jsonrpc": "2.0", "id": 1, "method": "shutdown", "params": {}}Content-Length: 50

{"jsonrpc": "2.0", "method": "exit", "params": {}}