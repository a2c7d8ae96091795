/** A number in an output that does not lead to its fact. */
export interface LooseNumber {
  output: 'markdown' | 'html';
  number: string;
  /** The words around it. */
  context: string;
  why: Why;
}

export type Why =
  | 'belongs to no fact'
  | 'names a fact that the result does not have'
  | 'disagrees with its fact'
  | 'is in other words than those of the case';
