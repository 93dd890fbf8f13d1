#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "fingerprint/dialog.h"

namespace podreach::probe {

class PortInquiry;

struct InquiryLimits {
  DialogLimits dialog;
  std::size_t parallel = 32;   ///< ports asked at once
  std::size_t questions = 24;  ///< to one port
  std::chrono::milliseconds port{12000};
};

/// Says what answers at open ports: asks what their usual services are asked, then listens, then
/// speaks HTTP and TLS, then asks the rest; one question after the other, each on a connection of
/// its own.
class ServiceIdentifier {
 public:
  using Found = std::function<void(const Endpoint&, const ServiceIdentity&)>;

  /// `found` is called once for each port, `finished` once, after the last, unless stopped before.
  ServiceIdentifier(boost::asio::io_context& context, const InquiryLimits& limits, Found found,
                    std::function<void()> finished);
  ~ServiceIdentifier();
  ServiceIdentifier(const ServiceIdentifier&) = delete;
  ServiceIdentifier& operator=(const ServiceIdentifier&) = delete;
  void Start(std::vector<Endpoint> targets);

 private:
  void Fill();
  void PostFill();
  void Ended(const Endpoint& target, const ServiceIdentity& service);

  boost::asio::io_context& context_;
  const InquiryLimits limits_;
  const Found found_;
  const std::function<void()> finished_;
  TlsClient tls_;
  std::deque<Endpoint> waiting_;
  std::map<Endpoint, std::shared_ptr<PortInquiry>> running_;
  bool told_ = false;                                      // that it has finished
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for what was posted
};

}  // namespace podreach::probe
