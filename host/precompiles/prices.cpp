// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/prices.hpp"

#include <algorithm>
#include <array>

#include "host/precompiles/blake2f.hpp"

namespace switchyard::precompiles {
namespace {

/// Sizes of call data are far below 2^60, so that none of these sums wraps.
uint64_t words(BytesView input) {
    return (uint64_t{input.size()} + 31) / 32;
}

/// EIP-2537, "G1/G2 MSM": price of k multiplications in thousandths, for k from 1 to 128 and more.
constexpr std::array<uint16_t, 128> kG1Discount = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661,  658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613,  611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584,  582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562,  561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544,  543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528,  528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
};
constexpr std::array<uint16_t, 128> kG2Discount = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699,
    693,  688,  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629,
    627,  624,  622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592,
    590,  589,  587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567,
    566,  565,  563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548,
    547,  546,  545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533,
    532,  532,  531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
};

uint64_t msm_price(size_t pairs, uint64_t multiplication,
                   const std::array<uint16_t, 128>& discount) {
    if (pairs == 0) return 0;
    const uint64_t factor = discount[std::min(pairs, discount.size()) - 1];
    return uint64_t{pairs} * multiplication * factor / 1000;
}

}  // namespace

uint64_t ecrecover_price(BytesView, Revision) {
    return 3000;
}
uint64_t sha256_price(BytesView input, Revision) {
    return 60 + 12 * words(input);
}
uint64_t ripemd160_price(BytesView input, Revision) {
    return 600 + 120 * words(input);
}
uint64_t identity_price(BytesView input, Revision) {
    return 15 + 3 * words(input);
}

uint64_t bn254_add_price(BytesView, Revision revision) {
    return revision < Revision::Istanbul ? 500 : 150;
}
uint64_t bn254_mul_price(BytesView, Revision revision) {
    return revision < Revision::Istanbul ? 40'000 : 6'000;
}
uint64_t bn254_pairing_price(BytesView input, Revision revision) {
    const uint64_t pairs = input.size() / 192;
    return revision < Revision::Istanbul ? 100'000 + 80'000 * pairs : 45'000 + 34'000 * pairs;
}

uint64_t blake2f_price(BytesView input, Revision) {
    if (input.size() != kBlake2fInputBytes) return 0;
    return uint64_t{input[0]} << 24 | uint64_t{input[1]} << 16 | uint64_t{input[2]} << 8 |
           uint64_t{input[3]};
}

uint64_t point_evaluation_price(BytesView, Revision) {
    return 50'000;
}

uint64_t bls_g1_add_price(BytesView, Revision) {
    return 375;
}
uint64_t bls_g1_msm_price(BytesView input, Revision) {
    return msm_price(input.size() / 160, 12'000, kG1Discount);
}
uint64_t bls_g2_add_price(BytesView, Revision) {
    return 600;
}
uint64_t bls_g2_msm_price(BytesView input, Revision) {
    return msm_price(input.size() / 288, 22'500, kG2Discount);
}
uint64_t bls_pairing_price(BytesView input, Revision) {
    return 37'700 + 32'600 * uint64_t{input.size() / 384};
}
uint64_t bls_map_fp_to_g1_price(BytesView, Revision) {
    return 5'500;
}
uint64_t bls_map_fp2_to_g2_price(BytesView, Revision) {
    return 23'800;
}

uint64_t p256_verify_price(BytesView, Revision) {
    return 6'900;
}

}  // namespace switchyard::precompiles
