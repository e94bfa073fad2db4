/** What a stranger's configuration could have a git process of ours start, switched off; the command line wins over every file. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=true',
  // Collecting garbage runs hooks and commands of its own.
  'receive.autogc=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // A push into what is checked out would write the work tree, through the filters of that repository.
  'receive.denyCurrentBranch=refuse',
  // From git 2.54 on hooks may stand in the configuration, under any name; these are their events.
  ...[
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'proc-receive',
    'push-to-checkout',
    'reference-transaction',
    'pre-auto-gc',
  ].map((event) => `hook.${event}.enabled=false`),
];

/** For `git push --receive-pack`: how a repository on this machine takes a push without running anything of its own. */
export const RECEIVE_PACK = `git ${SETTINGS.map((setting) => `-c ${setting}`).join(' ')} receive-pack`;
