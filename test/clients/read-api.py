"""Reads the stand-in through python-gitlab and prints what it found as JSON: see api.clients.ts."""
import gitlab
import json
import sys

url, token, reader = sys.argv[1:4]
gl = gitlab.Gitlab(url, private_token=token, per_page=3)
gl.auth()
web = gl.projects.get("acme/apps/web")
core = gl.projects.get(1)
acme = gl.groups.get("acme")


def status_of(call):
    try:
        call()
        return 200
    except gitlab.exceptions.GitlabHttpError as error:
        return error.response_code
    except gitlab.exceptions.GitlabError as error:
        return error.response_code


def message_of(call):
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        return str(error.error_message)
    return None


jobs = list(web.jobs.list(iterator=True, pagination="keyset", order_by="id", sort="desc"))
failed = list(web.jobs.list(iterator=True, scope=["failed"]))
trace = failed[0].trace().decode()
part = gl.session.get(
    f"{url}/api/v4/projects/2/jobs/{failed[0].id}/trace", headers={**gl.headers, "Range": "bytes=-40"}
)
pipelines = web.pipelines.list(get_all=True)
issue = core.issues.create({"title": "Who calls you", "description": "Please look"})
issue.notes.create({"body": "Decided"})
scope = "/projects/1/job_token_scope"
page = gl.projects.list(page=1, per_page=2, iterator=True)
keyset = gl.http_request("get", "/projects", query_data={"pagination": "keyset", "order_by": "id", "sort": "asc", "per_page": 2})
add = lambda: gl.http_post(f"{scope}/allowlist", post_data={"target_project_id": 2})

out = {
    "projects": sorted(p.path_with_namespace for p in gl.projects.list(iterator=True)),
    "groups": sorted(g.full_path for g in gl.groups.list(iterator=True)),
    "subgroups": sorted(g.full_path for g in acme.subgroups.list(iterator=True)),
    "descendants": sorted(p.path_with_namespace for p in acme.projects.list(iterator=True, include_subgroups=True)),
    "total": page.total,
    "keyset": ["X-Total" in keyset.headers, 'rel="next"' in keyset.headers["Link"], len(keyset.json())],
    "jobs": len(jobs),
    "descending": [job.id for job in jobs] == sorted((job.id for job in jobs), reverse=True),
    "failed": sorted({job.name for job in failed}),
    "reason": web.jobs.get(failed[0].id).failure_reason,
    "trace": [trace.rstrip().endswith("\x1b[0;m"), "section_start:" in trace],
    "range": [part.status_code, part.text == trace],
    "pipelines": len(pipelines),
    "pipelineJobs": sorted(job.name for job in pipelines[-1].jobs.list(iterator=True)),
    "bridges": len(pipelines[0].bridges.list(get_all=True)),
    "schedules": [s.cron for s in web.pipelineschedules.list(get_all=True)],
    "members": sorted((m.username, m.access_level) for m in core.members_all.list(get_all=True)),
    "user": [gl.user.username, gl.http_get("/personal_access_tokens/self")["scopes"]],
    "version": [gl.version()[0], gl.http_get("/metadata")["enterprise"]],
    "setting": gl.settings.get().enforce_ci_inbound_job_token_scope_enabled,
    "tree": [entry["path"] for entry in core.repository_tree(recursive=True, get_all=True)],
    "file": core.files.raw("src/main.c", ref="main").decode(),
    "issue": [issue.state, [note.body for note in issue.notes.list(get_all=True)]],
    "artifact": web.artifacts.raw("main", "out/a.txt", "build").decode(),
    "scope": gl.http_get(scope)["inbound_enabled"],
    "added": [add()["target_project_id"], message_of(add)],
    "listed": [p["path_with_namespace"] for p in gl.http_list(f"{scope}/allowlist", get_all=True)],
    "removed": gl.http_delete(f"{scope}/allowlist/2").status_code,
    "patched": gl.http_request("patch", scope, post_data={"enabled": True}).status_code,
    "refused": status_of(lambda: gitlab.Gitlab(url, private_token=reader).settings.get()),
    "missing": message_of(lambda: gl.projects.get("acme/none")),
}
print(json.dumps(out))
