import { renderCsv } from './csv.ts';
import { renderHtml } from './html/page.ts';
import { renderMarkdown } from './markdown/markdown.ts';
import { renderJson } from './model/model.ts';
import type { Report } from './model/types.ts';

/** The forms of a report. */
export const REPORT_FORMATS = ['html', 'markdown', 'json', 'csv'] as const;
/** One of the forms of a report. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The report in one of its forms; each ends with a newline. */
export function renderReport(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'html':
      return renderHtml(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'json':
      return renderJson(report);
    case 'csv':
      return renderCsv(report);
  }
}
