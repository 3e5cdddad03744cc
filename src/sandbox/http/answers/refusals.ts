import type { Refusal } from '../../world/world.ts';
import type { Capabilities } from '../versions.ts';

/** Top-level GraphQL error of anything the viewer may not see or do; the same words serve for what does not exist. */
export const NOT_AVAILABLE =
  "The resource that you are attempting to access does not exist or you don't have permission to perform this action";

/** Payload error of a mutation whose viewer may not change the scope. */
export const INSUFFICIENT_TO_MODIFY = 'Insufficient permissions to modify the job token scope';

/** The services' own check on the target (`target_project` or `target_group`). */
export function targetNotReadable(kind: 'project' | 'group'): string {
  return `The target_${kind} that you are attempting to access does not exist or you don't have permission to perform this action`;
}

/** GitLab's words for a refused write, without the status words that REST puts before them. */
export function refusalText(refusal: Refusal, kind: 'project' | 'group', can: Capabilities): string {
  switch (refusal) {
    case 'already_listed':
      return can.olderDuplicateTexts
        ? `Target ${kind} is already in the job token scope`
        : `This ${kind} is already in the job token allowlist.`;
    case 'not_listed':
      return `Target ${kind} is not in the job token scope`;
    case 'project_limit':
      return 'Validation failed: Source project exceeds the allowable number of project links in this direction';
    case 'group_limit':
      return 'Validation failed: Source project exceeds the allowable number of group links';
    case 'self_entry':
      return "Validation failed: Target project can't be the same as the source project";
    case 'self_not_removable':
      return 'Source project cannot be removed from the job token scope';
    case 'enforced_by_instance':
      return 'Job token scope cannot be disabled for this project because it is enforced for the instance.';
    case 'policies_off':
      return 'Failed to update job token scope';
    case 'unknown_policy':
      return 'Validation failed: Job token policies must be a valid json schema';
    case 'not_a_group':
      return 'The group or project does not exist.';
    case 'target_not_found':
      return targetNotReadable(kind);
    case 'path_taken':
      return 'Path has already been taken';
    case 'project_not_found':
    case 'no_such_job':
      return NOT_AVAILABLE;
  }
}
