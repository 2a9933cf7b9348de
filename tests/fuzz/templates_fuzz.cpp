// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the reader of templates: any bytes, as they are and with the checksum made
// right. What decodes encodes to something that decodes to the same, stays within the limits, and
// can be evaluated.
#include <algorithm>
#include <cstdint>

#include "host/core/checksum/crc32c.hpp"
#include "host/plan/template_codec.hpp"
#include "host/plan/term_evaluator.hpp"
#include "host/plan/term_text.hpp"
#include "host/state/memory_state.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

using namespace plan;

constexpr TemplateLimits kLimits{.memory_bytes = 1 << 20, .templates_max = 16, .proxies_max = 4};
constexpr size_t kChecksumAt = 12;
constexpr size_t kBodyAt = 16;

void check_evaluation(const TemplateStore& store) {
    static const MemoryState kState;
    const Bytes data(100, 7);
    TermEvaluator evaluator;
    evaluator.begin_block({}, kState);
    store.for_each([&](const TemplateKey&, const Template& each) {
        const TermEvaluator::Job job{&each.graph(), {{}, {}, Uint256{3}, data}};
        evaluator.evaluate({&job, 1});
        require(evaluator.values(0).size() == each.graph().terms().size(), "terms without a value");
        for (const TemplateEntry& entry : each.entries())
            require(entry.account < evaluator.values(0).size(), "an entry without a term");
        require(to_text(each).size() < 4'000'000, "a text without end");
    });
}

void check(BytesView input) {
    TemplateStore store(kLimits);
    const auto decoded = decode_templates(input, store);
    if (!decoded) {
        require(decoded.error().code == ErrorCode::Corrupt, "an error of the wrong kind");
        require(store.size() == 0 && store.proxies() == 0, "a damaged file left something");
        return;
    }
    require(store.size() <= kLimits.templates_max, "more templates than may be");
    require(store.proxies() <= kLimits.proxies_max, "more proxies than may be");
    check_evaluation(store);
    const Bytes encoded = encode_templates(store);
    TemplateStore again(kLimits);
    require(decode_templates(encoded, again).has_value(), "what was encoded does not decode");
    require(again.size() == store.size() && again.proxies() == store.proxies(),
            "something was lost on the way");
    store.for_each([&](const TemplateKey& key, const Template& each) {
        const Template* const found = again.find(key);
        require(found != nullptr && *found == each, "a template changed on the way");
    });
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    check(input);
    if (size < kBodyAt) return 0;
    Bytes repaired(input.begin(), input.end());
    const uint32_t sum = crc32c(input.subspan(kBodyAt));
    for (size_t i = 0; i < 4; ++i)
        repaired[kChecksumAt + i] = static_cast<uint8_t>(sum >> (8 * i));
    check(repaired);
    return 0;
}
