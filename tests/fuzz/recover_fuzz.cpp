// SPDX-License-Identifier: Apache-2.0
// Any batch of signatures: every form of recovery on every target gives what libsecp256k1 gives.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/secp256k1_signatures.hpp"

namespace switchyard::fuzz {
namespace {

namespace ref = simd::ref;
using ref::U256;
using simd::RecoverForm;
using simd::RecoverInput;
using simd::RecoverStatus;

/// A full group of the widest vectors and some lanes of a second.
constexpr size_t kMaxSignatures = 12;

/// Bytes that end in zeros.
class Reader {
  public:
    Reader(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}
    [[nodiscard]] bool empty() const { return at_ == end_; }
    uint8_t byte() { return at_ == end_ ? uint8_t{0} : *at_++; }

  private:
    const uint8_t* at_;
    const uint8_t* end_;
};

U256 negated(const U256& value) {
    return ref::sub_mod(U256{}, value, ref::kGroupOrder);
}

/// A small integer with a sign, times a power of two, modulo n.
U256 small_multiple(Reader& in) {
    U256 value{in.byte(), 0, 0, 0};
    const uint8_t control = in.byte();
    for (unsigned i = 0; i < control % 128U; ++i)
        value = ref::add_mod(value, value, ref::kGroupOrder);
    return control < 128 ? value : negated(value);
}

/// 0, n, p, p - n or 2^128, give or take a little.
U256 border(Reader& in) {
    const U256 values[] = {
        {},
        ref::kGroupOrder.value,
        ref::kFieldOrder.value,
        ref::sub_mod(ref::kFieldOrder.value, ref::kGroupOrder.value, ref::kFieldOrder),
        {0, 0, 1, 0}};
    U256 value = values[in.byte() % 5];
    value[0] += static_cast<uint64_t>(static_cast<int8_t>(in.byte()));
    return value;
}

/// One of the three integers: raw, at a border, the one before it, or a small multiple of `r`,
/// which makes u1 or u2 small.
std::array<uint8_t, 32> read_integer(Reader& in, const std::array<uint8_t, 32>& before,
                                     const U256& r) {
    std::array<uint8_t, 32> out = before;
    switch (in.byte() % 4) {
        case 0:
            for (uint8_t& byte : out)
                byte = in.byte();
            break;
        case 1:
            ref::store_big_endian(border(in), out.data());
            break;
        case 2:
            ref::store_big_endian(ref::mul_mod(r, small_multiple(in), ref::kGroupOrder),
                                  out.data());
            break;
        default:
            break;
    }
    return out;
}

RecoverInput read_signature(Reader& in, const RecoverInput& before) {
    RecoverInput out;
    out.recovery_id = in.byte();
    const uint8_t k = in.byte();
    if (k != 0) {
        // R = k G, of which anybody knows k: sums of the tables' points then meet.
        const ref::JacobianPoint point =
            ref::to_affine(ref::multiply(ref::generator(), U256{k, 0, 0, 0}));
        ref::store_big_endian(point.x, out.r.data());
    } else {
        out.r = read_integer(in, before.r, U256{1, 0, 0, 0});
    }
    const U256 r = ref::load_big_endian(out.r.data());
    out.s = read_integer(in, before.s, r);
    out.message_hash = read_integer(in, before.message_hash, r);
    return out;
}

/// Answers of exactly the batch's size on the heap, so that a sanitizer sees every byte past them.
struct Answers {
    std::unique_ptr<simd::PublicKey[]> keys;
    std::unique_ptr<RecoverStatus[]> statuses;
    explicit Answers(size_t count)
        : keys(new simd::PublicKey[count]), statuses(new RecoverStatus[count]) {}
};

void require_right(const Answers& answers, const std::vector<simd::test::ExpectedKey>& expected,
                   std::string_view form) {
    for (size_t i = 0; i < expected.size(); ++i) {
        require((answers.statuses[i] == RecoverStatus::Ok) == expected[i].ok, form);
        require(answers.keys[i] == expected[i].key, form);
    }
}

void require_addresses(std::span<const RecoverInput> inputs, const Answers& answers) {
    std::unique_ptr<simd::AddressBytes[]> first(new simd::AddressBytes[inputs.size()]);
    std::unique_ptr<simd::AddressBytes[]> second(new simd::AddressBytes[inputs.size()]);
    std::unique_ptr<RecoverStatus[]> statuses(new RecoverStatus[inputs.size()]);
    simd::recover_addresses(inputs, {first.get(), inputs.size()}, {statuses.get(), inputs.size()},
                            simd::test::recover_workspace());
    simd::recover_addresses(inputs, {second.get(), inputs.size()}, {statuses.get(), inputs.size()},
                            simd::test::recover_workspace(), RecoverForm::OneByOne);
    for (size_t i = 0; i < inputs.size(); ++i) {
        require(first[i] == second[i], "addresses of a dispatched batch");
        require(statuses[i] == answers.statuses[i], "the reason beside an address");
    }
}

/// All targets; while libFuzzer looks for inputs, one that the input's bytes choose, so that it
/// sees five times as many of them.
std::span<const std::string> targets_for(const uint8_t* data, size_t size) {
    static const auto targets = simd::supported_targets();
#if defined(SWITCHYARD_FUZZING)
    const size_t sum = std::accumulate(data, data + size, size);
    return std::span(targets).subspan(sum % targets.size(), 1);
#else
    static_cast<void>(data);
    static_cast<void>(size);
    return targets;
#endif
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    fuzz::Reader in(data, size);
    std::vector<simd::RecoverInput> inputs;
    simd::RecoverInput before{};
    while (!in.empty() && inputs.size() < fuzz::kMaxSignatures)
        inputs.push_back(before = fuzz::read_signature(in, before));
    inputs.shrink_to_fit();
    const size_t count = inputs.size();

    std::vector<simd::test::ExpectedKey> expected;
    for (const simd::RecoverInput& input : inputs)
        expected.push_back(simd::test::libsecp256k1_recover(input));

    fuzz::Answers portable(count);
    for (size_t i = 0; i < count; ++i)
        portable.statuses[i] = simd::recover_one_portable(inputs[i], portable.keys[i]);
    fuzz::require_right(portable, expected, "one by one without ADX");

    for (const std::string& target : fuzz::targets_for(data, size)) {
        simd::force_target(target);
        for (const auto& [form, name] : {std::pair{simd::RecoverForm::Vectors, "vectors"},
                                         std::pair{simd::RecoverForm::Fastest, "the dispatch"},
                                         std::pair{simd::RecoverForm::OneByOne, "one by one"}}) {
            fuzz::Answers answers(count);
            simd::recover_batch(inputs, {answers.keys.get(), count},
                                {answers.statuses.get(), count}, simd::test::recover_workspace(),
                                form);
            const std::string where = name + (" on " + target);
            fuzz::require_right(answers, expected, where);
            for (size_t i = 0; i < count; ++i)
                fuzz::require(answers.statuses[i] == portable.statuses[i], where);
            if (form == simd::RecoverForm::Fastest) fuzz::require_addresses(inputs, answers);
        }
    }
    simd::force_target("");
    return 0;
}
