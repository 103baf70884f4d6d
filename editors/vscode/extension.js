// Edict in Visual Studio Code: starts `edict lsp` and leaves everything else to it.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

const path = () => vscode.workspace.getConfiguration('edict').get('path', 'edict');

function create() {
  const command = path();
  const server = { command, args: ['lsp'] }; // over standard input and output, which is what a command gets
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
    const reason = error && error.message ? `: ${error.message}` : '';
    vscode.window.showErrorMessage(`\`${path()} lsp\` cannot be started${reason}. The setting edict.path names the command.`);
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old && old.isRunning()) await old.dispose(); // with its watchers and findings
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand('edict.restart', restart),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('edict.path') && restart()));
  await start();
}

module.exports = { activate, deactivate: stop };
