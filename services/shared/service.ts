/** A component as main.ts runs it. */
import type { RpcService } from './grpc-server.ts'
import type { FastifyInstance } from 'fastify'
import type { Component } from './http.ts'

export interface Service extends Omit<Component, 'logger' | 'metrics' | 'tracer' | 'verifier'> {
  readonly port: number
  /** What it answers by gRPC, on a port of its own; left out: nothing. */
  readonly rpc?: { readonly port: number; readonly services: readonly RpcService[] }
  /** Work besides answering that begins when all listen; what it answers ends it. */
  readonly start?: () => Promise<() => Promise<void>>
}

/** A component whose app is not made of routes alone: it brings the app itself. */
export interface OwnService extends Pick<Service, 'name' | 'port' | 'start'> {
  readonly app: (making: Pick<Component, 'logger' | 'metrics' | 'tracer'>) => FastifyInstance
}
