import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { Project, World } from '../world/world.ts';
import { fastImport, type Gitlink } from './fast-import.ts';
import { runGit } from './run-git.ts';
import { projectOfAddress, readSubmodules } from './submodules.ts';

const MAX_GITS = 4;

interface Held {
  readonly directory: string;
  /** The files the newest commit was made from, to notice that others have taken their place. */
  readonly files: Project['files'];
  /** Newest commit; null: no files, no commit. */
  readonly head: string | null;
}

/** Bare repositories of projects, made from their files when somebody asks; they live as long as the stand-in. */
export class RepositoryStore {
  private readonly world: World;
  private readonly held = new Map<number, Promise<Held>>();
  private readonly gate = pLimit(MAX_GITS);
  private root: Promise<string> | null = null;

  constructor(world: World) {
    this.world = world;
  }

  /** Folder for everything git writes; removed by {@link close}. */
  home(): Promise<string> {
    this.root ??= mkdtemp(join(tmpdir(), 'tidegate-sandbox-'));
    return this.root;
  }

  /** The repository, with the project's present files as its newest commit. */
  async directoryOf(project: Project): Promise<string> {
    return (await this.hold(project, [])).directory;
  }

  /** Newest commit of the default branch; null for an empty repository. */
  async headOf(project: Project): Promise<string | null> {
    return (await this.hold(project, [])).head;
  }

  /** An archive of the newest commit; null for an empty repository. */
  async archive(project: Project, format: 'zip' | 'tar.gz' | 'tar', prefix: string): Promise<Buffer | null> {
    const { directory, head } = await this.hold(project, []);
    if (head === null) return null;
    return this.git([`--git-dir=${directory}`, 'archive', `--format=${format}`, `--prefix=${prefix}`, head]);
  }

  /** A zip of any files, as the runner makes one of a job's artifacts. */
  async zip(key: string, files: Project['files']): Promise<Buffer> {
    const directory = join(await this.home(), `${key}.git`);
    const at = Math.floor(this.world.now() / 1000);
    if (!existsSync(directory)) {
      await this.create(directory);
      await this.import(directory, fastImport({ branch: 'main', files, gitlinks: [], at, follows: false }));
    }
    return this.git([`--git-dir=${directory}`, 'archive', '--format=zip', 'main']);
  }

  /** Takes what was pushed to the default branch over into the project's files. */
  async takeOver(project: Project): Promise<void> {
    const { directory } = await this.hold(project, []);
    const listing = await this.git([`--git-dir=${directory}`, 'ls-tree', '-r', '-z', '--full-tree', 'HEAD']);
    const files: Record<string, string> = {};
    for (const line of listing.toString('utf8').split('\0')) {
      const [, type, id, path] = /^\d+ (\w+) ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
      if (type !== 'blob' || id === undefined || path === undefined) continue;
      files[path] = (await this.git([`--git-dir=${directory}`, 'cat-file', 'blob', id])).toString('utf8');
    }
    const head = await this.revision(directory, project.defaultBranch);
    this.world.replaceFiles(project.id, files);
    this.held.set(project.id, Promise.resolve({ directory, head, files }));
  }

  async close(): Promise<void> {
    if (this.root !== null) await rm(await this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  /** One after the other per project, so that two readers do not make it twice. */
  private hold(project: Project, above: readonly number[]): Promise<Held> {
    const earlier = this.held.get(project.id) ?? Promise.resolve(null);
    const next = earlier
      .catch(() => null)
      .then((held) => (held !== null && held.files === project.files ? held : this.renew(project, held, above)));
    this.held.set(project.id, next);
    return next;
  }

  private async renew(project: Project, held: Held | null, above: readonly number[]): Promise<Held> {
    const directory = held?.directory ?? join(await this.home(), `${String(project.id)}.git`);
    if (held === null && !existsSync(directory)) await this.create(directory);
    const { files, defaultBranch: branch } = project;
    const follows = held !== null && held.head !== null;
    if (Object.keys(files).length === 0 && !follows) return { directory, files, head: null };
    const gitlinks = await this.gitlinksOf(project, [...above, project.id]);
    const at = Math.floor((follows ? this.world.now() : project.createdAt) / 1000);
    await this.import(directory, fastImport({ branch, files, gitlinks, at, follows }));
    return { directory, files, head: await this.revision(directory, branch) };
  }

  /** Submodules of this instance, each pinned to what its project has now. A project that holds itself is left out. */
  private async gitlinksOf(project: Project, above: readonly number[]): Promise<readonly Gitlink[]> {
    const links: Gitlink[] = [];
    for (const { path, url } of readSubmodules(project.files['.gitmodules'] ?? '')) {
      const target = projectOfAddress(url, project.fullPath, this.world.externalUrl());
      const found = target === null ? null : this.world.findProject(target);
      if (found === null || above.includes(found.project.id)) continue;
      const { head } = await this.hold(found.project, above);
      if (head !== null) links.push({ path, commit: head });
    }
    return links;
  }

  private async create(directory: string): Promise<void> {
    await this.git(['init', '--quiet', '--bare', '--initial-branch=main', directory]);
    const settings = { 'uploadpack.allowAnySHA1InWant': 'true', 'uploadpack.allowFilter': 'true', 'gc.auto': '0' };
    for (const [name, value] of Object.entries(settings))
      await this.git([`--git-dir=${directory}`, 'config', name, value]);
  }

  private async import(directory: string, stream: Buffer): Promise<void> {
    await this.git([`--git-dir=${directory}`, 'fast-import', '--quiet', '--force'], stream);
  }

  private async revision(directory: string, branch: string): Promise<string> {
    const text = await this.git([`--git-dir=${directory}`, 'rev-parse', `refs/heads/${branch}`]);
    return text.toString('utf8').trim();
  }

  private async git(args: readonly string[], input: Buffer | null = null): Promise<Buffer> {
    const home = await this.home();
    return this.gate(() => runGit(args, home, input));
  }
}
