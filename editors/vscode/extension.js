// Edict in Visual Studio Code: starts `edict lsp` and leaves everything else to it.
'use strict';

const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

let client;

function create() {
  const command = vscode.workspace.getConfiguration('edict').get('path', 'edict');
  const server = { command, args: ['lsp'], transport: TransportKind.stdio };
  return new LanguageClient('edict', 'Edict', server, {
    documentSelector: [
      { scheme: 'file', language: 'edict' },
      { scheme: 'file', pattern: '**/edict.yaml' },
      { scheme: 'file', pattern: '**/*.odcs.yaml' },
    ],
    synchronize: {
      fileEvents: ['**/edict.yaml', '**/*.edict', '**/*.odcs.yaml', '**/*.edb', '**/*.csv'].map((glob) =>
        vscode.workspace.createFileSystemWatcher(glob)),
    },
  });
}

async function start() {
  client = create();
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`edict lsp cannot be started: ${error.message}. The setting edict.path names the command.`);
  }
}

async function stop() {
  if (client && client.isRunning()) await client.stop();
}

async function activate(context) {
  context.subscriptions.push(vscode.commands.registerCommand('edict.restart', async () => {
    await stop();
    await start();
  }));
  await start();
}

module.exports = { activate, deactivate: stop };
