// ZooKeeper: srvr, one of its four letter words (administrator's guide).
#include "fingerprint/fingerprint.h"
#include "fingerprint/reply_text.h"

namespace podreach::probe::zookeeper {

Fingerprint Make() {
  Fingerprint fingerprint;
  fingerprint.name = "zookeeper";
  fingerprint.questions = {{Transport::kPlain, "srvr"}};
  fingerprint.read = [](const Question& /*question*/, const Reply& reply) -> Reading {
    ServiceIdentity service;
    service.name = "zookeeper";
    service.product = "ZooKeeper";
    if (Contains(reply.bytes, "not executed because it is not in the whitelist")) {
      service.evidence = "srvr: not in the whitelist";
      return service;
    }
    const auto version = Between(reply.bytes, "Zookeeper version: ", "\n");
    if (!version) return reply.ended ? Reading(NotThis{}) : Reading(NeedMore{});
    service.version = Clean(version->substr(0, version->find_first_of("-,")), 24);
    service.access = Access::kAnswers;
    service.evidence = "srvr: version";
    return service;
  };
  return fingerprint;
}

}  // namespace podreach::probe::zookeeper
