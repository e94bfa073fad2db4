import { SPEC_ID } from '../formats.js';
import type { Schema } from '../schema-words.js';
import { closed, filled, flag, matching, oneOf, text } from '../schema-words.js';

const specId = matching(SPEC_ID);
const worktree = matching(/^[a-zA-Z0-9_-]+$/);

/** `data` of the events about worktrees and who owns them. */
export const worktreePayloads: Readonly<Record<string, Schema>> = {
  worktree_created: closed(
    { name: worktree, branch: filled, base_branch: filled, path: filled },
    { owner_session_id: filled },
  ),
  worktree_bound: closed({ worktree_name: worktree }, { previously_bound_to: specId }),
  worktree_merged: closed(
    { worktree_name: worktree, merge_commit: matching(/^[0-9a-f]{7,40}$/), base_branch: filled },
    { auto_closed_spec: flag, spec_already_closed: flag },
  ),
  worktree_destroyed: closed(
    { worktree_name: worktree, branch: filled, path: filled },
    { spec_id: specId, owner_session_id: filled, removed_git_worktree: flag },
  ),
  worktree_pruned: closed(
    { worktree_name: worktree, h_class: oneOf('ghost_registry'), reason: filled },
    { spec_id: specId },
  ),
  worktree_untracked: closed(
    { worktree_name: worktree, reason: filled, path: filled, cleared_spec_binding: flag },
    { spec_id: specId, owner_session_id: filled },
  ),
  worktree_ownership_seized: closed(
    { worktree_name: worktree, prior_owner_session_id: filled, new_owner_session_id: filled, reason: filled },
    { prior_owner_platform: text },
  ),
  claim_taken_over: closed(
    {
      worktree_name: worktree,
      prior_owner: closed(
        { session_id: filled },
        { platform: text, last_seen: { type: ['string', 'null'], format: 'date-time' } },
      ),
      new_owner: closed({ session_id: filled }, { platform: text }),
    },
    { reason: text },
  ),
};
