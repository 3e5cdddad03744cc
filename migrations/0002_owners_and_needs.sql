ALTER TABLE `decisions` ADD `replaced_by` text;--> statement-breakpoint
ALTER TABLE `decisions` ADD `owner` text;--> statement-breakpoint
ALTER TABLE `edges` ADD `needs` text;--> statement-breakpoint
ALTER TABLE `evidence` ADD `policies` text;--> statement-breakpoint
ALTER TABLE `evidence` ADD `times` integer DEFAULT 1 NOT NULL;