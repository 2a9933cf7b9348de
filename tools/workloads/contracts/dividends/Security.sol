// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";
import {IErc20} from "../shared/IErc20.sol";
import {ReentrancyGuard} from "../shared/ReentrancyGuard.sol";
import {SafeTransfer} from "../shared/SafeTransfer.sol";
import {ComplianceRegistry} from "./ComplianceRegistry.sol";

/// Shares in an asset (a building, a fund), which only checked investors hold and which earn dividends. A dividend
/// raises one number, what each share has earned so far; what an account is owed follows from it, with a correction for
/// shares that came or went.
contract Security is AssetToken, ReentrancyGuard {
    using SafeTransfer for IErc20;

    // Dividends of one share are kept in 2^128ths, so that little is lost to rounding.
    uint256 private constant MAGNITUDE = 2 ** 128;

    IErc20 public immutable currency;
    ComplianceRegistry public immutable compliance;
    uint256 public dividendPerShare;
    uint256 public totalDistributed;
    mapping(address => int256) private _corrections;
    mapping(address => uint256) public withdrawn;

    event DividendDistributed(address indexed from, uint256 amount);
    event DividendWithdrawn(address indexed holder, uint256 amount);

    error NotEligible(address account);
    error NoShares();
    error NothingToWithdraw();

    constructor(IErc20 currency_, ComplianceRegistry compliance_) {
        currency = currency_;
        compliance = compliance_;
    }

    function distribute(uint256 amount) external nonReentrant {
        uint256 shares = totalSupply;
        if (shares == 0) revert NoShares();
        dividendPerShare += amount * MAGNITUDE / shares;
        totalDistributed += amount;
        currency.safeTransferFrom(msg.sender, address(this), amount);
        emit DividendDistributed(msg.sender, amount);
    }

    function withdraw() external nonReentrant returns (uint256 amount) {
        amount = withdrawableOf(msg.sender);
        if (amount == 0) revert NothingToWithdraw();
        withdrawn[msg.sender] += amount;
        currency.safeTransfer(msg.sender, amount);
        emit DividendWithdrawn(msg.sender, amount);
    }

    /// All that the account's shares have earned, withdrawn or not.
    function earnedOf(address account) public view returns (uint256) {
        int256 earned = int256(dividendPerShare * balanceOf[account]) + _corrections[account];
        return uint256(earned) / MAGNITUDE;
    }

    function withdrawableOf(address account) public view returns (uint256) {
        return earnedOf(account) - withdrawn[account];
    }

    function _beforeTransfer(address from, address to, uint256 value) internal override {
        if (from != address(0) && !compliance.mayHold(from)) revert NotEligible(from);
        if (to != address(0) && !compliance.mayHold(to)) revert NotEligible(to);
        int256 correction = int256(dividendPerShare * value);
        if (from != address(0)) _corrections[from] += correction;
        if (to != address(0)) _corrections[to] -= correction;
    }
}
