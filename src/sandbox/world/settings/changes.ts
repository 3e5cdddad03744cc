import { dropEntry, findEntry, putEntry, whyNotAdd } from '../state/allowlists.ts';
import type { Directory } from '../state/directory.ts';
import type { Instance } from '../access/instance.ts';
import type { StoredProject } from '../state/records.ts';
import type { Traffic } from '../traffic/traffic.ts';
import { POLICIES, ROLES, type Role } from '../vocabulary.ts';
import type { Entry, EpochMs } from '../entities.ts';
import type { Change, ChangedPolicies, NewEntry, Outcome, ProjectUpdate, Refusal } from '../state/writes.ts';

const NOTHING: Outcome = { ok: true, change: null };

/** Every write to the world: checks it as GitLab does, carries it out, and tells the traffic and the listeners. */
export class Changes {
  private readonly directory: Directory;
  private readonly instance: Instance;
  private readonly traffic: Traffic;
  private readonly listeners = new Set<(change: Change) => void>();

  constructor(directory: Directory, instance: Instance, traffic: Traffic) {
    this.directory = directory;
    this.instance = instance;
    this.traffic = traffic;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  setInbound(projectId: number, enabled: boolean): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    if (!enabled && this.instance.enforced && this.instance.offRefused) return refused('enforced_by_instance');
    if (project.inboundEnabled === enabled) return NOTHING;
    project.inboundEnabled = enabled;
    return this.changedCallee(project, { kind: 'setting', project: project.fullPath, entry: null, value: enabled });
  }

  setEnforced(enabled: boolean): Outcome {
    if (this.instance.enforced === enabled) return NOTHING;
    this.instance.enforced = enabled;
    this.traffic.touchAll();
    return this.changed({ kind: 'instance', project: null, entry: null, value: enabled });
  }

  addEntry(projectId: number, entry: NewEntry, now: EpochMs): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    const target = this.targetPath(entry.kind, entry.targetId);
    if (target === null) return refused('target_not_found');
    const refusal = this.whyNotAdd(project, entry);
    if (refusal !== null) return refused(refusal);
    const held = this.held(project, {
      defaultPermissions: entry.defaultPermissions ?? true,
      policies: entry.policies ?? [],
    });
    const { kind, targetId, addedBy, autopopulated = false } = entry;
    putEntry(project.allowlist, { kind, targetId, addedBy, autopopulated, createdAt: now, ...held });
    return this.changedCallee(project, { kind: 'entry_added', project: project.fullPath, entry: target, value: held });
  }

  private whyNotAdd(project: StoredProject, { kind, targetId, policies = [] }: NewEntry): Refusal | null {
    const self = kind === 'project' && targetId === project.id;
    if (self && !this.instance.selfEntries) return 'self_entry';
    const refusal = whyNotAdd(project.allowlist, kind, targetId);
    if (refusal !== null) return refusal;
    return policies.every(isPolicy) ? null : 'unknown_policy';
  }

  removeEntry(projectId: number, kind: Entry['kind'], targetId: number): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    const entry = findEntry(project.allowlist, kind, targetId);
    if (entry === null)
      return refused(kind === 'project' && targetId === projectId ? 'self_not_removable' : 'not_listed');
    dropEntry(project.allowlist, kind, targetId);
    return this.changedCallee(project, {
      kind: 'entry_removed',
      project: project.fullPath,
      entry: this.targetPath(kind, targetId),
      value: null,
    });
  }

  updatePolicies(
    projectId: number,
    kind: Entry['kind'],
    targetId: number,
    value: ChangedPolicies,
    now: EpochMs,
  ): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    if (!project.policiesEnabled) return refused('policies_off');
    if (!value.policies.every(isPolicy)) return refused('unknown_policy');
    const self = kind === 'project' && targetId === projectId;
    const entry = findEntry(project.allowlist, kind, targetId);
    // GitLab makes the project's own entry when its policies are set for the first time.
    if (entry === null)
      return self ? this.addEntry(projectId, { kind, targetId, addedBy: null, ...value }, now) : refused('not_listed');
    const held = this.held(project, value);
    if (samePolicies(entry, held)) return NOTHING;
    putEntry(project.allowlist, { ...entry, ...held });
    return this.changedCallee(project, {
      kind: 'policies',
      project: project.fullPath,
      entry: this.targetPath(kind, targetId),
      value: held,
    });
  }

  /** GitLab stores fine-grained permissions only where the callee has them switched on. */
  private held(project: StoredProject, { defaultPermissions, policies }: ChangedPolicies): ChangedPolicies {
    if (!project.policiesEnabled || defaultPermissions) return { defaultPermissions: true, policies: [] };
    return { defaultPermissions: false, policies: [...policies] };
  }

  updateProject(projectId: number, update: ProjectUpdate): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    const { features, files, ...plain } = update;
    Object.assign(project, plain);
    if (features !== undefined) project.features = { ...project.features, ...features };
    if (files !== undefined) project.files = { ...project.files, ...files };
    this.directory.showGroupsOf(project);
    this.traffic.touchCallee(project);
    this.traffic.touchCaller(project);
    return NOTHING;
  }

  replaceFiles(projectId: number, files: Readonly<Record<string, string>>): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    project.files = files;
    return NOTHING;
  }

  moveProject(projectId: number, newFullPath: string): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    if (project.fullPath === newFullPath) return NOTHING;
    if (!newFullPath.includes('/')) return refused('not_a_group');
    if (this.directory.isTaken(newFullPath) && newFullPath.toLowerCase() !== project.fullPath.toLowerCase())
      return refused('path_taken');
    this.directory.moveProject(project, newFullPath);
    // Its groups are others now, and refusals name it otherwise.
    this.traffic.touchCallee(project);
    this.traffic.touchCaller(project);
    return NOTHING;
  }

  deleteProject(projectId: number): Outcome {
    const project = this.directory.project(projectId);
    if (project === null) return refused('project_not_found');
    this.directory.removeProject(project);
    for (const other of this.directory.projects()) dropEntry(other.allowlist, 'project', projectId);
    this.traffic.touchCallee(project);
    this.traffic.touchCaller(project);
    return NOTHING;
  }

  setRole(userId: number, path: string, role: Role | null): Outcome {
    const user = this.directory.user(userId);
    const project = this.directory.findProject(path)?.project;
    const place = project ?? this.directory.groupAt(path);
    if (user === null || place === null) return refused('target_not_found');
    const levels = project === undefined ? user.groupLevels : user.projectLevels;
    if (role === null) levels.delete(place.id);
    else levels.set(place.id, ROLES[role]);
    // Jobs that this person starts may get in, or no more.
    this.traffic.touchAll();
    return NOTHING;
  }

  private targetPath(kind: Entry['kind'], id: number): string | null {
    return (kind === 'project' ? this.directory.project(id) : this.directory.group(id))?.fullPath ?? null;
  }

  private changedCallee(callee: StoredProject, change: Change): Outcome {
    this.traffic.touchCallee(callee);
    return this.changed(change);
  }

  private changed(change: Change): Outcome {
    for (const listener of this.listeners) listener(change);
    return { ok: true, change };
  }
}

function refused(refusal: Refusal): Outcome {
  return { ok: false, refusal };
}

function isPolicy(name: string): boolean {
  return (POLICIES as readonly string[]).includes(name);
}

function samePolicies(left: ChangedPolicies, right: ChangedPolicies): boolean {
  const sorted = (value: ChangedPolicies): string => [...value.policies].sort().join();
  return left.defaultPermissions === right.defaultPermissions && sorted(left) === sorted(right);
}
