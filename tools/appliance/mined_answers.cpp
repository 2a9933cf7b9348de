// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/mined_answers.hpp"

#include <thread>

namespace switchyard::appliance {

submit::BeforeAnswer answer_when_mined(const Pool& pool, std::chrono::milliseconds patience) {
    return [&pool, patience](std::span<const Bytes32> accepted, rpc::Context& context) {
        // A block takes a hundred times as long.
        constexpr std::chrono::milliseconds kLook{1};
        const auto end = rpc::Context::Clock::now() + patience;
        for (const Bytes32& hash : accepted) {
            while (!context.expired() && rpc::Context::Clock::now() < end) {
                const auto pooled = pool.find(hash);
                if (!pooled || !pooled->executable) break;
                std::this_thread::sleep_for(kLook);
            }
        }
    };
}

}  // namespace switchyard::appliance
