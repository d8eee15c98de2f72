/** A component as main.ts runs it. */
import type { Component } from './http.ts'

export interface Service extends Omit<Component, 'logger' | 'metrics' | 'tracer'> {
  readonly port: number
}
