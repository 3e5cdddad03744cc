ALTER TABLE `waves` ADD `owners_told_at` integer;--> statement-breakpoint
ALTER TABLE `waves` ADD `notices_ended_at` integer;