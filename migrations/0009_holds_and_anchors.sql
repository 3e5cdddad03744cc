-- The triggers of a table go with it, and one of another table names it: all are made anew below, as they were.
DROP TRIGGER `intents_no_change`;
--> statement-breakpoint
DROP TRIGGER `intents_settled_once`;
--> statement-breakpoint
DROP TRIGGER `intents_no_delete`;
--> statement-breakpoint
DROP TRIGGER `intents_open_first`;
--> statement-breakpoint
DROP TRIGGER `intents_need_approval`;
--> statement-breakpoint
DROP TRIGGER `intent_decisions_need_approval`;
--> statement-breakpoint
DROP TRIGGER `intents_no_replace`;
--> statement-breakpoint
CREATE TABLE `__new_intents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`wave_id` integer,
	`callee` integer,
	`kind` text NOT NULL,
	`decision_id` integer,
	`action` text NOT NULL,
	`created_at` integer NOT NULL,
	`outcome` text,
	`detail` text,
	`settled_at` integer,
	FOREIGN KEY (`wave_id`) REFERENCES `waves`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`callee`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`decision_id`) REFERENCES `decisions`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "intents_kind" CHECK(kind in ('addEntry', 'removeEntry', 'setPermissions', 'restoreEntry', 'enforce', 'reopen', 'setInstance', 'openIssue', 'addNote')),
	CONSTRAINT "intents_outcome" CHECK(outcome in ('done', 'already', 'absent', 'refused')),
	CONSTRAINT "intents_decided" CHECK((kind = 'addEntry') = (decision_id is not null)),
	CONSTRAINT "intents_of_wave" CHECK((kind in ('openIssue', 'addNote')) = (wave_id is null)),
	CONSTRAINT "intents_callee" CHECK((kind in ('setInstance', 'openIssue', 'addNote')) = (callee is null)),
	CONSTRAINT "intents_settled" CHECK((outcome is null) = (settled_at is null))
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_intents`("id", "wave_id", "callee", "kind", "decision_id", "action", "created_at", "outcome", "detail", "settled_at") SELECT "id", "wave_id", "callee", "kind", "decision_id", "action", "created_at", "outcome", "detail", "settled_at" FROM `intents`;--> statement-breakpoint
DROP TABLE `intents`;--> statement-breakpoint
ALTER TABLE `__new_intents` RENAME TO `intents`;--> statement-breakpoint
CREATE INDEX `intents_wave` ON `intents` (`wave_id`);--> statement-breakpoint
CREATE INDEX `intents_open` ON `intents` (`id`) WHERE outcome is null;--> statement-breakpoint
ALTER TABLE `wave_callees` ADD `hold` text;--> statement-breakpoint
CREATE INDEX `wave_callees_hold` ON `wave_callees` (`callee`) WHERE hold is not null;
--> statement-breakpoint
-- Until now the word of who took a project back stood where problems stand.
UPDATE `wave_callees` SET `hold` = `problem`, `problem` = NULL WHERE `step` = 'rolled-back' AND `problem` IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER `intents_no_change` BEFORE UPDATE OF `id`, `wave_id`, `callee`, `kind`, `decision_id`, `action`, `created_at` ON `intents`
BEGIN
	SELECT RAISE(ABORT, 'an intent is not rewritten');
END;
--> statement-breakpoint
CREATE TRIGGER `intents_settled_once` BEFORE UPDATE ON `intents`
WHEN OLD.`outcome` IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'a settled intent stays as it is');
END;
--> statement-breakpoint
CREATE TRIGGER `intents_no_delete` BEFORE DELETE ON `intents`
BEGIN
	SELECT RAISE(ABORT, 'intents are append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `intents_open_first` BEFORE INSERT ON `intents`
WHEN NEW.`outcome` IS NOT NULL
BEGIN
	SELECT RAISE(ABORT, 'an intent is written down before its outcome');
END;
--> statement-breakpoint
CREATE TRIGGER `intents_need_approval` BEFORE INSERT ON `intents`
WHEN NEW.`kind` = 'addEntry' AND NOT EXISTS (
	SELECT 1 FROM `decisions` WHERE `id` = NEW.`decision_id` AND `callee` = NEW.`callee` AND `verdict` = 'approved'
)
BEGIN
	SELECT RAISE(ABORT, 'an entry needs a decision that approves it on this callee');
END;
--> statement-breakpoint
CREATE TRIGGER `intent_decisions_need_approval` BEFORE INSERT ON `intent_decisions`
WHEN NOT EXISTS (
	SELECT 1 FROM `intents` JOIN `decisions` ON `decisions`.`callee` = `intents`.`callee`
	WHERE `intents`.`id` = NEW.`intent_id` AND `intents`.`kind` = 'addEntry' AND `intents`.`outcome` IS NULL
		AND `decisions`.`id` = NEW.`decision_id` AND `decisions`.`verdict` = 'approved'
)
BEGIN
	SELECT RAISE(ABORT, 'an entry needs a decision that approves it on this callee');
END;
--> statement-breakpoint
CREATE TRIGGER `intents_no_replace` BEFORE INSERT ON `intents`
WHEN EXISTS (SELECT 1 FROM `intents` WHERE `id` = NEW.`id`)
BEGIN
	SELECT RAISE(ABORT, 'intents are append-only');
END;
