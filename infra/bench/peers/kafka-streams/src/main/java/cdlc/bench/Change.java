package cdlc.bench;

/** Half stars of a rating before and after a change; {@link #ABSENT} where there was or is none. */
record Change(int before, int after) {
  static final int ABSENT = -1;
}
