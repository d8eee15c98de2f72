/** Whose data this is, and what may be done with it. */
export const attributions = [
  {
    name: 'MovieLens 100K',
    text: 'collected by GroupLens Research at the University of Minnesota; for research use, no redistribution, no commercial use without their permission, no endorsement '
      + 'implied. F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on Interactive Intelligent Systems 5, 4, '
      + "Article 19. https://doi.org/10.1145/2827872. Read out of PyPI's 'recbole' 1.2.1 (MIT).",
  },
  {
    name: 'vega-datasets movies.json',
    text: "package 'vega-datasets' 3.2.1 of npm (BSD-3-Clause); the set's own sources and terms are stated in its datapackage.json, which calls it a teaching set with "
      + 'known and intentional errors.',
  },
  { name: 'Cast, crew and episodes', text: 'facts of general knowledge in infra/seed/facts; under the licence of this repository.' },
] as const
