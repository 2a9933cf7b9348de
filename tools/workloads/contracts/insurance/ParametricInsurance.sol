// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "../shared/IErc20.sol";
import {Owned} from "../shared/Owned.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";

/// Cover that pays by a measured index, as rainfall or a flight's delay, and asks nobody for proof of a loss. Each
/// product has its own capital; a policy is sold only while the capital could pay every open one.
contract ParametricInsurance is Owned, ReentrancyGuard {
    using SafeTransfer for IErc20;

    struct Product {
        uint128 capital; // what can be paid out, premiums included
        uint128 exposure; // sum of what open policies could be paid
        uint32 trigger; // the index at which cover begins to pay
        uint32 exhaustion; // the index at which it pays in full
        uint16 premiumRate; // of 10,000 of the cover
        bool listed;
    }

    struct Policy {
        address holder;
        uint32 product;
        uint32 period; // season, month, flight
        uint24 flags;
        uint128 cover;
    }

    uint24 private constant SETTLED = 1;
    uint256 private constant UNIT = 10_000;

    IErc20 public immutable currency;
    address public immutable reporter;
    mapping(uint32 => Product) public products;
    mapping(uint32 => mapping(uint32 => uint256)) private _reports; // index + 1
    mapping(uint256 => Policy) public policies;
    mapping(uint32 => uint64) public policyCountOf; // by product

    event ProductListed(uint32 indexed product, uint32 trigger, uint32 exhaustion, uint16 premiumRate);
    event CapitalAdded(uint32 indexed product, address indexed from, uint256 amount);
    event PolicySold(uint256 indexed id, address indexed holder, uint32 indexed product, uint32 period, uint128 cover);
    event IndexReported(uint32 indexed product, uint32 indexed period, uint32 index);
    event PolicySettled(uint256 indexed id, address indexed holder, uint256 payout);

    error NotReporter();
    error NotListed(uint32 product);
    error InvalidProduct();
    error InsufficientCapital(uint256 capital, uint256 exposure);
    error AlreadyReported(uint32 product, uint32 period);
    error NotReported(uint32 product, uint32 period);
    error AlreadySettled(uint256 id);
    error NotHolder(uint256 id);

    constructor(IErc20 currency_, address reporter_) {
        currency = currency_;
        reporter = reporter_;
    }

    function list(uint32 product, uint32 trigger, uint32 exhaustion, uint16 premiumRate) external onlyOwner {
        if (exhaustion <= trigger || premiumRate == 0 || premiumRate > UNIT) revert InvalidProduct();
        Product storage entry = products[product];
        entry.trigger = trigger;
        entry.exhaustion = exhaustion;
        entry.premiumRate = premiumRate;
        entry.listed = true;
        emit ProductListed(product, trigger, exhaustion, premiumRate);
    }

    function addCapital(uint32 product, uint128 amount) external nonReentrant {
        Product storage entry = products[product];
        if (!entry.listed) revert NotListed(product);
        entry.capital += amount;
        currency.safeTransferFrom(msg.sender, address(this), amount);
        emit CapitalAdded(product, msg.sender, amount);
    }

    function buy(uint32 product, uint32 period, uint128 cover) external nonReentrant returns (uint256 id) {
        Product storage entry = products[product];
        if (!entry.listed) revert NotListed(product);
        if (_reports[product][period] != 0) revert AlreadyReported(product, period);
        uint128 premium = uint128(cover * uint256(entry.premiumRate) / UNIT);
        uint128 capital = entry.capital + premium;
        uint128 exposure = entry.exposure + cover;
        if (exposure > capital) revert InsufficientCapital(capital, exposure);
        entry.capital = capital;
        entry.exposure = exposure;
        id = uint256(product) << 64 | ++policyCountOf[product];
        policies[id] = Policy({holder: msg.sender, product: product, period: period, flags: 0, cover: cover});
        currency.safeTransferFrom(msg.sender, address(this), premium);
        emit PolicySold(id, msg.sender, product, period, cover);
    }

    function report(uint32 product, uint32 period, uint32 index) external {
        if (msg.sender != reporter) revert NotReporter();
        if (_reports[product][period] != 0) revert AlreadyReported(product, period);
        _reports[product][period] = uint256(index) + 1;
        emit IndexReported(product, period, index);
    }

    /// Pays the holder what the reported index gives, which may be nothing, and frees the capital.
    function settle(uint256 id) external nonReentrant returns (uint256 payout) {
        Policy storage policy = policies[id];
        if (policy.holder != msg.sender) revert NotHolder(id);
        if (policy.flags & SETTLED != 0) revert AlreadySettled(id);
        uint256 stored = _reports[policy.product][policy.period];
        if (stored == 0) revert NotReported(policy.product, policy.period);
        Product storage entry = products[policy.product];
        payout = _payout(entry, policy.cover, stored - 1);
        policy.flags |= SETTLED;
        entry.exposure -= policy.cover;
        if (payout > 0) {
            entry.capital -= uint128(payout);
            currency.safeTransfer(policy.holder, payout);
        }
        emit PolicySettled(id, policy.holder, payout);
    }

    /// Nothing up to the trigger, all from exhaustion on, a straight line between.
    function _payout(Product storage entry, uint128 cover, uint256 index) private view returns (uint256) {
        if (index <= entry.trigger) return 0;
        if (index >= entry.exhaustion) return cover;
        return cover * (index - entry.trigger) / (entry.exhaustion - entry.trigger);
    }
}
