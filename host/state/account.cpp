// SPDX-License-Identifier: Apache-2.0
#include "host/state/account.hpp"

namespace switchyard {
namespace {

constexpr uint8_t kJumpdest = 0x5b;
constexpr uint8_t kPush1 = 0x60;
constexpr uint8_t kPush32 = 0x7f;
constexpr size_t kPadding = 33;

}  // namespace

Code::Code(Bytes bytes) : padded_(std::move(bytes)), size_(padded_.size()) {
    padded_.resize(size_ + kPadding);
    jump_destinations_.resize((size_ + 63) / 64);
    for (size_t i = 0; i < size_; ++i) {
        const uint8_t op = padded_[i];
        if (op == kJumpdest)
            jump_destinations_[i / 64] |= uint64_t{1} << (i % 64);
        else if (op >= kPush1 && op <= kPush32)
            i += static_cast<size_t>(op - kPush1) + 1;
    }
}

CodePointer empty_code() {
    static const CodePointer code = std::make_shared<const Code>(Bytes{});
    return code;
}

}  // namespace switchyard
