// SPDX-License-Identifier: Apache-2.0
// The stated resource use: memories counted from the declarations, logic estimated from what the
// code compares, selects and keeps. UltraScale+ primitives: an UltraRAM holds 4,096 words of 72
// bits, a 36 Kbit block memory 512 words of 72 bits; a comparison takes a lookup table for two
// bits, a selection of up to four inputs one for each bit.
#include "hls/conflict_detector/cycle_model.hpp"
#include "hls/conflict_detector/state.hpp"

namespace switchyard {
namespace hls {
namespace {

constexpr uint32_t ceil_div(uint32_t a, uint32_t b) {
    return (a + b - 1) / b;
}
constexpr uint32_t urams(uint32_t bits, uint32_t depth) {
    return ceil_div(bits, 72) * ceil_div(depth, 4096);
}
constexpr uint32_t brams(uint32_t bits, uint32_t depth) {
    return ceil_div(bits, 72) * ceil_div(depth, 512);
}

// As declared: a structure's fields, without the padding between them. Times are 64 bits wide in
// the code, of which 48 are ever used; what a tool trims is not counted.
constexpr uint32_t kCostBits = 64;
constexpr uint32_t kVectorBits = 16 * abi::kLanes;
constexpr uint32_t kLaneBits = kCostBits + 32 + 8;        // Lane
constexpr uint32_t kPlacementBits = kCostBits + 16 + 8;   // Placement, in registers
constexpr uint32_t kPlacementWordBits = 64 + 8;           // PlacementWord, in memory
constexpr uint32_t kTimesBits = 2 * kCostBits;            // Times
constexpr uint32_t kMembersBits = 2 * kVectorBits;        // Members
constexpr uint32_t kSlotBits = 32 + 16 + 3 * 8;           // Slot
constexpr uint32_t kTagBits = kSlots * (64 + kSlotBits);  // TagLine
static_assert(8 * sizeof(Members) == kMembersBits && 8 * sizeof(Times) == kTimesBits &&
                  8 * sizeof(LaneVector) == kVectorBits,
              "structures without padding");

ResourceUse waiting() {
    ResourceUse use = {"wait",
                       0,
                       0,
                       0,
                       0,
                       0,
                       "two vectors of 64 x 16 bits an entry, in UltraRAM; per bank a selection of "
                       "memory or bypass, the folding of one access, the choice of a vector; a "
                       "tree of maxima over the banks; 4 pipeline registers"};
    use.uram = kBanks * urams(kMembersBits, kEntriesPerBank);
    use.lut =
        kBanks * kMembersBits * 7 / 2 + kBanks * kVectorBits + kBanks * abi::kLanes * (8 + 16);
    use.ff = kBanks * kMembersBits * (kEntryBypass + 4) + kBanks * kVectorBits;
    return use;
}

ResourceUse placing() {
    ResourceUse use = {
        "place",
        0,
        0,
        0,
        0,
        0,
        "two times of 64 bits an entry and 72 bits a placement with a copy for each "
        "bank, in UltraRAM; 64 sorted lanes with three comparisons of 64 bits and two "
        "selections of 104 bits each; per bank three comparisons and eight selections"};
    use.uram = kBanks * (urams(kTimesBits, kEntriesPerBank) +
                         urams(kPlacementWordBits, abi::kBlockTransactions));
    use.lut = abi::kLanes * (3 * kCostBits / 2 + 2 * kLaneBits) +
              kBanks * (3 * kCostBits / 2 + 8 * kTimesBits + 3 * kPlacementBits);
    use.ff = 2 * abi::kLanes * kLaneBits + kRecentPlacements * kPlacementBits +
             kBanks * kTimesBits * (2 * kEntryBypass + 6);
    return use;
}

ResourceUse lookup() {
    ResourceUse use = {
        "lookup",
        0,
        0,
        0,
        0,
        0,
        "tags of 544 bits in block memory; per bank three comparisons of 64 and four of 32 bits, "
        "a selection of memory or bypass and of the written slot"};
    use.bram36 = kBanks * brams(kTagBits, kBucketsPerBank);
    use.lut = kBanks * ((3 * 64 + 4 * 32) / 2 + 3 * kTagBits);
    use.ff = kBanks * kTagBits * (kTagBypass + 3);
    return use;
}

ResourceUse loading() {
    ResourceUse use = {"load",
                       0,
                       0,
                       0,
                       0,
                       0,
                       "memory port with its burst buffer, stream of beats; seven multiplications "
                       "of 64 bits of 10 DSPs each; selection of a key for each bank"};
    use.bram36 = 15 + brams(512, kBeatDepth);
    use.dsp = abi::kKeysPerDescriptor * 10;
    use.lut = 3000 + abi::kKeysPerDescriptor * 150 + kBanks * 80 * 3;
    use.ff = 5000 + 8 * 512 + abi::kKeysPerDescriptor * 64 * 6;
    return use;
}

ResourceUse storing() {
    ResourceUse use = {"store",
                       0,
                       0,
                       0,
                       0,
                       0,
                       "memory port with its burst buffer, stream of words; selection of one of "
                       "three words, check value"};
    use.bram36 = 15 + brams(512, kWordDepth);
    use.lut = 3000 + 2 * 512 + 64 * 4;
    use.ff = 5000 + 4 * kVectorBits;
    return use;
}

ResourceUse streams() {
    ResourceUse use = {
        "streams of rounds and plans",
        0,
        0,
        0,
        0,
        0,
        "distributed memory of 32 words: a lookup table and a register for each bit"};
    const uint32_t spread_bits = kBanks * (64 + 2 + 16) + 48;
    const uint32_t entry_bits = kBanks * (16 + 16 + 6) + 48;
    const uint32_t placed_bits = kBanks * (16 + 22 + 6) + 48;
    use.lut = spread_bits + entry_bits + placed_bits + kVectorBits + 64;
    use.ff = use.lut;
    return use;
}

}  // namespace

std::vector<ResourceUse> resource_use() {
    std::vector<ResourceUse> parts = {loading(), lookup(),  placing(),
                                      waiting(), storing(), streams()};
    ResourceUse sum = {"all", 0, 0, 0, 0, 0, "sum"};
    for (const ResourceUse& part : parts) {
        sum.uram += part.uram;
        sum.bram36 += part.bram36;
        sum.dsp += part.dsp;
        sum.lut += part.lut;
        sum.ff += part.ff;
    }
    parts.push_back(sum);
    return parts;
}

const ResourceUse kAlveoU50 = {"offered", 640, 1344, 5952, 872000, 1743000, "Alveo U50"};
const ResourceUse kAlveoU55C = {"offered", 960, 2016, 9024, 1304000, 2607000, "Alveo U55C"};

}  // namespace hls
}  // namespace switchyard
