import { RolloutError } from '../../../domain/errors.ts';

/**
 * The address of a GitLab, with a relative root where it has one, so that paths resolve below it: it ends with `/`.
 *
 * @throws RolloutError `USAGE` when the text is no http or https URL, or holds a user name or password
 */
export function baseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new RolloutError(
      'USAGE',
      'The GitLab URL is not of the form https://gitlab.example.com',
      'Give the address of your GitLab with --gitlab or TIDEGATE_GITLAB_URL, without user name and password.',
    );
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
