import type { Fault } from './fault.js';

export const couponAtCheckout: Fault = {
  id: 'coupon-at-checkout',
  title: 'coupon service called inside checkout, before the tax call',
  settings: { couponAtCheckout: true },
  deploy: {
    service: 'checkout-api',
    version: '4.13.0',
    message: 'feat(checkout): apply coupons when an order is placed',
    summary: 'Checkout asks coupon-service for the discount of the cart before tax is quoted.',
  },
  truth: { hypotheses: ['new-dependency-call', 'serial-calls'], subject: /coupon/ },
  remedies: {
    'take-call-off-path': { couponWhen: 'afterwards' },
    'parallelise-calls': { couponWhen: 'beside-tax' },
    'make-work-asynchronous': { couponWhen: 'afterwards' },
    'roll-back-change': { couponAtCheckout: false },
  },
};
