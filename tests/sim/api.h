#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/accounts.h"
#include "tests/sim/faults.h"
#include "tests/sim/http_server.h"
#include "tests/sim/kubelets.h"
#include "tests/sim/world.h"

namespace podreach::sim {

class WatchStream;

/// The API server's verbs over a simulated cluster, and the simulator's own pages below /sim/.
class Api {
 public:
  Api(boost::asio::io_context& context, World& world, Kubelets& kubelets, Accounts& accounts,
      Faults& faults);

  [[nodiscard]] Response Handle(const Request& request);
  /// What faults may do here.
  void CloseWatches();
  void Remove(Collection& collection, const ObjectKey& key);

 private:
  struct Call {
    RequestInfo info;
    std::string group_version;
    std::string sub;  ///< subresource
    std::map<std::string, std::string> query;
    Collection* collection = nullptr;
    const Request* request = nullptr;
  };

  [[nodiscard]] Call Parse(const Request& request) const;
  [[nodiscard]] Response Answer(Call& call);
  [[nodiscard]] Response Own(const Call& call) const;
  [[nodiscard]] Response Discovery(const Call& call) const;
  [[nodiscard]] Response List(const Call& call);
  [[nodiscard]] Response Watch(const Call& call);
  [[nodiscard]] Response Get(const Call& call) const;
  [[nodiscard]] Response Log(const Call& call);
  [[nodiscard]] Response Create(const Call& call);
  [[nodiscard]] Response Patch(const Call& call);
  [[nodiscard]] Response Delete(const Call& call);
  [[nodiscard]] Response DeleteCollection(const Call& call);
  [[nodiscard]] std::optional<Response> Admit(const Call& call, nlohmann::json& object);
  void RemoveNamespaced(const std::string& ns);

  boost::asio::io_context& context_;
  World& world_;
  Kubelets& kubelets_;
  Accounts& accounts_;
  Faults& faults_;
  std::vector<std::weak_ptr<WatchStream>> watches_;
};

}  // namespace podreach::sim
