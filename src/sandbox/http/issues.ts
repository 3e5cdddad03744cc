import type { EpochMs, User } from '../world/world.ts';

/** A comment on an issue. */
export interface Note {
  readonly id: number;
  readonly body: string;
  readonly author: User;
  readonly at: EpochMs;
}

/** An issue; `iid` is its number inside the project. */
export interface Issue {
  readonly id: number;
  readonly iid: number;
  readonly projectId: number;
  readonly title: string;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly author: User;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly state: 'opened' | 'closed';
  readonly notes: readonly Note[];
}

/** What somebody fills in to open an issue. */
export interface IssueDraft {
  readonly title: string;
  readonly description: string | null;
  readonly labels: readonly string[];
}

/** What an edit changes; fields that are left out stay as they are. */
export interface IssueEdit extends Partial<IssueDraft> {
  readonly state?: Issue['state'];
}

/** Issues and their notes. They have no part in traffic, so they live beside the world, not in it. */
export class IssueBook {
  readonly #byProject = new Map<number, Issue[]>();
  #lastIssue = 0;
  #lastNote = 0;

  /** Newest first, as GitLab lists them. */
  list(projectId: number): readonly Issue[] {
    return [...(this.#byProject.get(projectId) ?? [])].reverse();
  }

  find(projectId: number, iid: number): Issue | null {
    return this.#byProject.get(projectId)?.[iid - 1] ?? null;
  }

  open(projectId: number, draft: IssueDraft, author: User, now: EpochMs): Issue {
    const issues = this.#byProject.get(projectId) ?? [];
    this.#byProject.set(projectId, issues);
    this.#lastIssue += 1;
    const issue: Issue = {
      id: this.#lastIssue,
      iid: issues.length + 1,
      projectId,
      ...draft,
      author,
      createdAt: now,
      updatedAt: now,
      state: 'opened',
      notes: [],
    };
    issues.push(issue);
    return issue;
  }

  edit(issue: Issue, edit: IssueEdit, now: EpochMs): Issue {
    return this.#replace({ ...issue, ...edit, updatedAt: now });
  }

  addNote(issue: Issue, body: string, author: User, now: EpochMs): Note {
    this.#lastNote += 1;
    const note: Note = { id: this.#lastNote, body, author, at: now };
    this.#replace({ ...issue, updatedAt: now, notes: [...issue.notes, note] });
    return note;
  }

  #replace(issue: Issue): Issue {
    const issues = this.#byProject.get(issue.projectId);
    if (issues !== undefined) issues[issue.iid - 1] = issue;
    return issue;
  }
}
