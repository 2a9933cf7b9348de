// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/card_jobs.hpp"

namespace switchyard::tool {
namespace {

Error absent() {
    return {ErrorCode::Unavailable, reason_no_target({})};
}

}  // namespace

std::string reason_no_target(const CardTarget&) {
    return "built without XRT; install libxrt-dev and uuid-dev and configure with "
           "SWITCHYARD_WITH_XRT=ON";
}

Result<std::vector<offload::CardProperty>> card_status(const CardTarget&) {
    return absent();
}
Result<std::string> program(const CardTarget&) {
    return absent();
}
Result<void> reset(const CardTarget&) {
    return absent();
}
Result<Validation> validate(const CardTarget&, uint32_t) {
    return absent();
}
bool Validation::passed() const {
    return false;
}

}  // namespace switchyard::tool
