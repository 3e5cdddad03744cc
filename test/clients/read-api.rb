# Reads the stand-in through the Ruby client and prints what it found as JSON: see api.clients.ts.
require 'gitlab'
require 'json'

url, token, reader = ARGV
c = Gitlab.client(endpoint: "#{url}/api/v4", private_token: token)

def status_of
  yield
  200
rescue Gitlab::Error::ResponseError => e
  e.response_status
end

jobs = c.jobs(2, per_page: 3).auto_paginate
failed = c.jobs(2, scope: ['failed'], per_page: 2).auto_paginate
pipelines = c.pipelines(2, per_page: 3).auto_paginate
issue = c.create_issue(1, 'Who calls you', description: 'Please look')
c.create_issue_note(1, issue.iid, 'Decided')
scope = '/projects/1/job_token_scope'
add = -> { c.post("#{scope}/allowlist", body: { target_project_id: 2 }) }

puts JSON.generate(
  projects: c.projects(per_page: 1).auto_paginate.map(&:path_with_namespace).sort,
  groups: c.groups(per_page: 1).auto_paginate.map(&:full_path).sort,
  subgroups: c.group_subgroups('acme').map(&:full_path).sort,
  descendants: c.group_projects('acme', include_subgroups: true, per_page: 1).auto_paginate.map(&:path_with_namespace).sort,
  jobs: jobs.length,
  descending: jobs.map(&:id) == jobs.map(&:id).sort.reverse,
  failed: failed.map(&:name).uniq.sort,
  reason: c.job(2, failed.first.id).failure_reason,
  pipelines: pipelines.length,
  pipelineJobs: c.pipeline_jobs(2, pipelines.last.id).map(&:name).sort,
  bridges: c.pipeline_bridges(2, pipelines.first.id).length,
  schedules: c.pipeline_schedules(2).map(&:cron),
  members: c.all_members(1).map { |m| [m.username, m.access_level] }.sort,
  user: [c.user.username, c.get('/personal_access_tokens/self').scopes],
  version: [c.version.version, c.get('/metadata').enterprise],
  setting: c.get('/application/settings').enforce_ci_inbound_job_token_scope_enabled,
  tree: c.tree(1, recursive: true).map(&:path),
  file: c.file_contents(1, 'src/main.c', 'main'),
  issue: [issue.state, c.issue_notes(1, issue.iid).map(&:body)],
  scope: c.get(scope).inbound_enabled,
  added: [add.call.target_project_id, status_of { add.call }],
  listed: c.get("#{scope}/allowlist").map(&:path_with_namespace),
  removed: status_of { c.delete("#{scope}/allowlist/2") },
  refused: status_of { Gitlab.client(endpoint: "#{url}/api/v4", private_token: reader).get('/application/settings') },
  missing: status_of { c.project('acme/none') }
)
