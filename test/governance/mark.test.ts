import { describe, expect, it } from 'vitest';
import { classificationNote, marked } from '../../src/governance/mark.js';

describe('a classification in a file', () => {
  it('is a comment of the file’s own kind, in its first line', () => {
    expect(marked('a.yaml', 'a: 1\n', 'confidential')).toBe('# Classification: confidential\na: 1\n');
    expect(marked('load/k6.js', 'x();\n', 'internal')).toBe('// Classification: internal\nx();\n');
    expect(marked('a.sql', 'SELECT 1;\n', 'internal')).toBe('-- Classification: internal\nSELECT 1;\n');
    expect(marked('r.md', '# Title\n', 'internal')).toBe('<!-- Classification: internal -->\n# Title\n');
  });
  it('stands after what must come first', () => {
    expect(marked('a.sh', '#!/bin/sh\nexit\n', 'internal')).toBe(
      '#!/bin/sh\n# Classification: internal\nexit\n',
    );
    expect(marked('a.html', '<!doctype html>\n<html>', 'internal')).toBe(
      '<!doctype html>\n<!-- Classification: internal -->\n<html>',
    );
  });
  it('is left to the note of the folder where a format has no comments', () => {
    expect(marked('grafana.json', '{}\n', 'restricted')).toBe('{}\n');
    expect(classificationNote('restricted')).toContain('Classification: restricted\n');
  });
  it('cannot end its comment, whatever the word is', () => {
    expect(marked('r.md', '', 'a --> <script>\nb')).toBe('<!-- Classification: a -- scriptb -->\n');
  });
});
