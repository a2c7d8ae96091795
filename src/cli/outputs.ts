import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileText, type Result } from '../domain/index.js';
import { classificationNote, marked } from '../governance/mark.js';
import type { ReportPage } from '../report/flame/pages.js';
import { renderHtml } from '../report/html.js';
import { renderJson } from '../report/json.js';
import { renderMarkdown } from '../report/markdown.js';
import { renderTerminal } from '../report/terminal.js';

/** Writes report.md, report.html, result.json, the deliverables and the pages beside the report below `folder`. */
export async function writeOutputs(
  result: Result,
  folder: string,
  pages: readonly ReportPage[] = [],
): Promise<{ json: string; terminal: string }> {
  await mkdir(folder, { recursive: true });
  const json = renderJson(result);
  const deliverables = join(folder, 'deliverables');
  await rm(deliverables, { recursive: true, force: true });
  await Promise.all([
    writeFile(join(folder, 'result.json'), json),
    writeFile(join(folder, 'report.md'), renderMarkdown(result)),
    writeFile(join(folder, 'report.html'), renderHtml(result)),
    ...result.deliverables.map(async (d) => {
      const path = join(deliverables, d.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, marked(d.path, fileText(d.text), result.classification));
    }),
  ]);
  if (result.deliverables.length > 0)
    await writeFile(join(deliverables, 'CLASSIFICATION'), classificationNote(result.classification));
  for (const page of pages) {
    const path = join(folder, page.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, marked(page.path, page.text, result.classification));
  }
  const report = relative(process.cwd(), join(folder, 'report.html')) || 'report.html';
  return { json, terminal: renderTerminal(result, { report, color: useColor() }) };
}

const useColor = (): boolean => process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
