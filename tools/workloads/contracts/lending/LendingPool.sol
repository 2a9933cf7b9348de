// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "../shared/IErc20.sol";
import {Owned} from "../shared/Owned.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {PriceOracle} from "./PriceOracle.sol";

/// Borrowing against collateral, all assets in one pool. Supplies and debts are kept as shares of each asset's totals,
/// which grow with interest; interest follows how much of an asset is borrowed.
contract LendingPool is Owned, ReentrancyGuard {
    using SafeTransfer for IErc20;

    struct Market {
        uint128 supplied; // with interest
        uint128 supplyShares;
        uint128 borrowed; // with interest
        uint128 borrowShares;
        uint128 reserve; // of `supplied`, what belongs to the pool
        uint64 accrued; // time up to which interest stands in the totals
        uint16 collateralFactor; // of 10,000
        bool listed;
    }

    struct Position {
        uint128 supplyShares;
        uint128 borrowShares;
    }

    uint256 private constant UNIT = 1e18;
    uint256 private constant PERCENT_100 = 10_000;
    uint256 private constant YEAR = 365 days;
    // The interest of a year: 2% and 10% of utilization below the kink, 60% of what is above.
    uint256 private constant RATE_BASE = 0.02e18;
    uint256 private constant RATE_BELOW = 0.1e18;
    uint256 private constant RATE_ABOVE = 0.6e18;
    uint256 private constant KINK = 0.8e18;
    uint256 private constant RESERVE_SHARE = 1000; // of interest
    uint256 private constant LIQUIDATION_BONUS = 800;
    uint256 private constant CLOSE_FACTOR = 5000; // of a debt that one liquidation may repay

    PriceOracle public immutable oracle;
    mapping(address => Market) public markets;
    mapping(address => mapping(address => Position)) public positions; // user, asset
    mapping(address => address[]) private _entered; // assets in which a user has a position
    mapping(address => mapping(address => bool)) private _hasEntered;

    event MarketListed(address indexed asset, uint16 collateralFactor);
    event Supplied(address indexed user, address indexed asset, uint256 amount);
    event Withdrawn(address indexed user, address indexed asset, uint256 amount);
    event Borrowed(address indexed user, address indexed asset, uint256 amount);
    event Repaid(address indexed user, address indexed asset, address indexed payer, uint256 amount);
    event Liquidated(
        address indexed user, address indexed liquidator, address debt, uint256 repaid, address collateral, uint256 seized
    );
    event InterestAccrued(address indexed asset, uint256 interest);

    error NotListed(address asset);
    error InvalidFactor();
    error NoAmount();
    error InsufficientCollateral(uint256 limit, uint256 debt);
    error InsufficientLiquidity(uint256 available, uint256 wanted);
    error Solvent(address user);
    error TooMuch(uint256 most);

    constructor(PriceOracle oracle_) {
        oracle = oracle_;
    }

    function list(address asset, uint16 collateralFactor) external onlyOwner {
        if (collateralFactor >= PERCENT_100) revert InvalidFactor();
        Market storage market = markets[asset];
        market.listed = true;
        market.collateralFactor = collateralFactor;
        market.accrued = uint64(block.timestamp);
        emit MarketListed(asset, collateralFactor);
    }

    function supply(address asset, uint256 amount) external nonReentrant {
        Market storage market = _accrue(asset);
        uint128 shares = _toShares(amount, market.supplied, market.supplyShares);
        if (shares == 0) revert NoAmount();
        market.supplied += uint128(amount);
        market.supplyShares += shares;
        positions[msg.sender][asset].supplyShares += shares;
        _enter(msg.sender, asset);
        IErc20(asset).safeTransferFrom(msg.sender, address(this), amount);
        emit Supplied(msg.sender, asset, amount);
    }

    function withdraw(address asset, uint256 amount) external nonReentrant {
        Market storage market = _accrue(asset);
        uint128 shares = _toSharesUp(amount, market.supplied, market.supplyShares);
        positions[msg.sender][asset].supplyShares -= shares;
        market.supplyShares -= shares;
        market.supplied -= uint128(amount);
        _requireLiquidity(market, 0);
        _requireCollateral(msg.sender);
        IErc20(asset).safeTransfer(msg.sender, amount);
        emit Withdrawn(msg.sender, asset, amount);
    }

    function borrow(address asset, uint256 amount) external nonReentrant {
        Market storage market = _accrue(asset);
        _requireLiquidity(market, amount);
        uint128 shares = _toSharesUp(amount, market.borrowed, market.borrowShares);
        market.borrowed += uint128(amount);
        market.borrowShares += shares;
        positions[msg.sender][asset].borrowShares += shares;
        _enter(msg.sender, asset);
        _requireCollateral(msg.sender);
        IErc20(asset).safeTransfer(msg.sender, amount);
        emit Borrowed(msg.sender, asset, amount);
    }

    /// At most the debt; gives what was paid.
    function repay(address asset, uint256 amount) external nonReentrant returns (uint256 paid) {
        Market storage market = _accrue(asset);
        paid = _repay(market, asset, msg.sender, amount);
        IErc20(asset).safeTransferFrom(msg.sender, address(this), paid);
    }

    /// Repays a part of the debt of a user whose collateral is worth too little, for collateral and a bonus.
    function liquidate(address user, address debtAsset, uint256 amount, address collateralAsset)
        external
        nonReentrant
        returns (uint256 seized)
    {
        Market storage debt = _accrue(debtAsset);
        if (debtAsset != collateralAsset) _accrue(collateralAsset);
        (uint256 limit, uint256 owed) = accountOf(user);
        if (owed <= limit) revert Solvent(user);
        uint256 most = debtOf(user, debtAsset) * CLOSE_FACTOR / PERCENT_100;
        if (amount > most) revert TooMuch(most);
        uint256 paid = _repay(debt, debtAsset, user, amount);
        seized = _seize(user, debtAsset, paid, collateralAsset);
        IErc20(debtAsset).safeTransferFrom(msg.sender, address(this), paid);
        emit Liquidated(user, msg.sender, debtAsset, paid, collateralAsset, seized);
    }

    /// Up to what value a user may borrow, and what it has borrowed, in dollars.
    function accountOf(address user) public view returns (uint256 limit, uint256 debt) {
        address[] storage entered = _entered[user];
        for (uint256 i = 0; i < entered.length; ++i) {
            address asset = entered[i];
            Position storage position = positions[user][asset];
            Market storage market = markets[asset];
            uint256 price = oracle.priceOf(asset);
            if (position.supplyShares > 0) {
                uint256 value = supplyOf(user, asset) * price / UNIT;
                limit += value * market.collateralFactor / PERCENT_100;
            }
            if (position.borrowShares > 0) debt += debtOf(user, asset) * price / UNIT;
        }
    }

    function supplyOf(address user, address asset) public view returns (uint256) {
        Market storage market = markets[asset];
        if (market.supplyShares == 0) return 0;
        return uint256(positions[user][asset].supplyShares) * market.supplied / market.supplyShares;
    }

    function debtOf(address user, address asset) public view returns (uint256) {
        Market storage market = markets[asset];
        if (market.borrowShares == 0) return 0;
        uint256 product = uint256(positions[user][asset].borrowShares) * market.borrowed;
        return (product + market.borrowShares - 1) / market.borrowShares;
    }

    /// Of one year, with 18 digits.
    function rateOf(address asset) public view returns (uint256) {
        Market storage market = markets[asset];
        if (market.supplied == 0) return RATE_BASE;
        uint256 utilization = uint256(market.borrowed) * UNIT / market.supplied;
        if (utilization <= KINK) return RATE_BASE + utilization * RATE_BELOW / UNIT;
        return RATE_BASE + (KINK * RATE_BELOW + (utilization - KINK) * RATE_ABOVE) / UNIT;
    }

    function _accrue(address asset) private returns (Market storage market) {
        market = markets[asset];
        if (!market.listed) revert NotListed(asset);
        uint256 elapsed = block.timestamp - market.accrued;
        if (elapsed == 0) return market;
        market.accrued = uint64(block.timestamp);
        if (market.borrowed == 0) return market;
        uint256 interest = uint256(market.borrowed) * rateOf(asset) * elapsed / (UNIT * YEAR);
        uint256 kept = interest * RESERVE_SHARE / PERCENT_100;
        market.borrowed += uint128(interest);
        market.supplied += uint128(interest - kept);
        market.reserve += uint128(kept);
        emit InterestAccrued(asset, interest);
    }

    function _repay(Market storage market, address asset, address user, uint256 amount) private returns (uint256 paid) {
        uint256 debt = debtOf(user, asset);
        paid = amount < debt ? amount : debt;
        if (paid == 0) revert NoAmount();
        Position storage position = positions[user][asset];
        uint128 shares =
            paid == debt ? position.borrowShares : _toShares(paid, market.borrowed, market.borrowShares);
        position.borrowShares -= shares;
        market.borrowShares -= shares;
        market.borrowed -= uint128(paid < market.borrowed ? paid : market.borrowed);
        emit Repaid(user, asset, msg.sender, paid);
    }

    function _seize(address user, address debtAsset, uint256 paid, address collateralAsset)
        private
        returns (uint256 seized)
    {
        uint256 value = paid * oracle.priceOf(debtAsset) * (PERCENT_100 + LIQUIDATION_BONUS) / PERCENT_100;
        seized = value / oracle.priceOf(collateralAsset);
        Market storage market = markets[collateralAsset];
        uint128 shares = _toShares(seized, market.supplied, market.supplyShares);
        positions[user][collateralAsset].supplyShares -= shares;
        positions[msg.sender][collateralAsset].supplyShares += shares;
        _enter(msg.sender, collateralAsset);
    }

    function _enter(address user, address asset) private {
        if (_hasEntered[user][asset]) return;
        _hasEntered[user][asset] = true;
        _entered[user].push(asset);
    }

    function _requireLiquidity(Market storage market, uint256 wanted) private view {
        uint256 inside = market.supplied;
        uint256 outside = market.borrowed;
        if (outside + wanted > inside) revert InsufficientLiquidity(inside > outside ? inside - outside : 0, wanted);
    }

    function _requireCollateral(address user) private view {
        (uint256 limit, uint256 debt) = accountOf(user);
        if (debt > limit) revert InsufficientCollateral(limit, debt);
    }

    function _toShares(uint256 amount, uint256 total, uint256 shares) private pure returns (uint128) {
        return uint128(shares == 0 ? amount : amount * shares / total);
    }

    function _toSharesUp(uint256 amount, uint256 total, uint256 shares) private pure returns (uint128) {
        return uint128(shares == 0 ? amount : (amount * shares + total - 1) / total);
    }
}
