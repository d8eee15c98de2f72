/** The real platform for integration tests: migrated, connected to what the environment names. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import catalogue from '@cdlc/streams/views/content/catalogue.ts'
import filmography from '@cdlc/streams/views/content/person-filmography.ts'
import title from '@cdlc/streams/views/content/title.ts'
import diary from '@cdlc/streams/views/user/profile-diary.ts'
import ratedTogether from '@cdlc/streams/views/user/rated-together.ts'
import titleStats from '@cdlc/streams/views/user/title-stats.ts'
import trending from '@cdlc/streams/views/user/trending.ts'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { randomUUID } from 'node:crypto'
import { configFrom } from './shared/config.ts'
import { migrate } from './shared/migrate.ts'
import { openPlatform, type Platform } from './shared/platform.ts'

/** Brings MySQL up to date and opens the platform; close it. */
export async function realPlatform(): Promise<Platform> {
  const endpoints = endpointsFrom(process.env)
  await migrate(endpoints)
  return openPlatform(endpoints, configFrom(process.env))
}

/** Makes the tables and indexes of the views that services ask, as their workers do. */
export async function prepareViews({ sinks }: Platform): Promise<void> {
  for (const view of [catalogue, filmography, title, diary, ratedTogether, titleStats, trending]) await (await sinks.store(view)).prepare()
}

/** A word that no other run uses. */
export const fresh = (): string => randomUUID().replaceAll('-', '')

/** Sends a request and expects this status. */
export async function send(
  app: FastifyInstance,
  expected: number | readonly number[],
  request: InjectOptions,
): Promise<LightMyRequestResponse> {
  const answer = await app.inject(request)
  if (![expected].flat().includes(answer.statusCode))
    throw new Error(
      `${request.method ?? 'GET'} '${String(request.url)}': expected ${String(expected)}, got ${answer.statusCode} ${answer.body}`,
    )
  return answer
}
