#include "fingerprint/service_identifier.h"

#include <boost/asio/post.hpp>

#include "fingerprint/port_inquiry.h"

namespace podreach::probe {

ServiceIdentifier::ServiceIdentifier(boost::asio::io_context& context, const InquiryLimits& limits,
                                     Found found, std::function<void()> finished)
    : context_(context),
      limits_(limits),
      found_(std::move(found)),
      finished_(std::move(finished)) {}

ServiceIdentifier::~ServiceIdentifier() {
  for (const auto& [target, inquiry] : running_) inquiry->Stop();
}

void ServiceIdentifier::Start(std::vector<Endpoint> targets) {
  told_ = false;
  waiting_.assign(targets.begin(), targets.end());
  PostFill();
}

void ServiceIdentifier::Fill() {
  while (!waiting_.empty() && running_.size() < limits_.parallel) {
    const Endpoint target = waiting_.front();
    waiting_.pop_front();
    auto inquiry = std::make_shared<PortInquiry>(
        context_, tls_, limits_, target,
        [this](const Endpoint& ended, const ServiceIdentity& service) { Ended(ended, service); });
    running_.emplace(target, inquiry);
    inquiry->Start();
  }
  if (!running_.empty() || told_) return;
  told_ = true;
  finished_();
}

void ServiceIdentifier::PostFill() {
  boost::asio::post(context_, [this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) Fill();
  });
}

void ServiceIdentifier::Ended(const Endpoint& target, const ServiceIdentity& service) {
  found_(target, service);
  running_.erase(target);
  PostFill();
}

}  // namespace podreach::probe
