//===- MutationScores.h - what a judge makes of broken artefacts -----*- C++ -*-===//
//
// A judge is tried on good artefacts broken in every way, beside an oracle that knows which of
// these mutants do harm. The table is compared with the one in the test; with
// --gtest_output=json:FILE it is written there too, where `./dev bench mutants` finds it.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_MUTATIONSCORES_H
#define TILEWORK_TEST_MUTATIONSCORES_H

#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

namespace tilework {

class MutationScores {
public:
  void add(const std::string &kind, bool isHarmful, bool isReported) {
    Score &score = find(kind);
    ++score.mutants;
    score.harmful += isHarmful;
    score.reported += isReported;
    score.missed += isHarmful && !isReported;
    score.refused += !isHarmful && isReported;
  }

  std::string table() const {
    std::ostringstream text;
    text << "\nmutant                                 all  harmful  reported\n";
    for (const Score &it : scores)
      text << std::left << std::setw(36) << it.kind << std::right << std::setw(6) << it.mutants
           << std::setw(9) << it.harmful << std::setw(10) << it.reported << "\n";
    return text.str();
  }

  /// Properties of the test at hand, one for each kind.
  void record() const {
    for (const Score &it : scores) {
      std::ostringstream counts;
      counts << it.mutants << " " << it.harmful << " " << it.reported << " " << it.missed << " "
             << it.refused;
      testing::Test::RecordProperty("mutant: " + it.kind, counts.str());
    }
  }

private:
  struct Score {
    std::string kind;
    int mutants = 0, harmful = 0, reported = 0;
    int missed = 0;  ///< harmful and not reported
    int refused = 0; ///< reported, though as good as the artefact that was broken
  };

  Score &find(const std::string &kind) {
    auto it = std::find_if(scores.begin(), scores.end(),
                           [&](const Score &score) { return score.kind == kind; });
    return it == scores.end() ? scores.emplace_back(Score{kind}) : *it;
  }

  std::vector<Score> scores; ///< in the order of the first mutants
};

} // namespace tilework

#endif // TILEWORK_TEST_MUTATIONSCORES_H
