CREATE TABLE `job_hints` (
	`job_id` integer PRIMARY KEY NOT NULL,
	`project` integer NOT NULL,
	`told_at` integer NOT NULL,
	`attempts` integer NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `failures` ADD `verdict` text;--> statement-breakpoint
ALTER TABLE `failures` ADD `signature` text;--> statement-breakpoint
ALTER TABLE `failures` ADD `line` integer;--> statement-breakpoint
ALTER TABLE `failures` ADD `confidence` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `failures` ADD `disproof` text;--> statement-breakpoint
ALTER TABLE `failures` ADD `before` text;--> statement-breakpoint
ALTER TABLE `failures` ADD `owners` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX `failures_job` ON `failures` (`caller`,`job_name`);--> statement-breakpoint
CREATE INDEX `failures_disposition` ON `failures` (`disposition`);--> statement-breakpoint
ALTER TABLE `sweeps` ADD `whole` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `sweeps` ADD `judgement` text;