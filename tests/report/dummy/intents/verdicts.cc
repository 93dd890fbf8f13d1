// A format that intents have and the matrix hasn't. See ../expect/dummy.cc.
#include <ostream>

#include "podreach/report/formats.h"

namespace podreach::intents_formats::verdicts {
namespace {

void Write(const IntentDocument& /*document*/, std::ostream& out) { out << "dummy of intents\n"; }

}  // namespace

IntentsFormat Make() { return {"verdicts", "txt", "is a test's", Write}; }

}  // namespace podreach::intents_formats::verdicts
