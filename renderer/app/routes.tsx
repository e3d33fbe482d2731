import { Suspense, useEffect } from 'react'
import { createBrowserRouter, Navigate, type RouteObject } from 'react-router'
import type { FeatureDescriptor } from '../lib/feature.ts'
import { useT } from '../lib/i18n/index.ts'
import { usePermissions } from '../lib/session/index.ts'
import { FEATURES } from './features.ts'
import { NoPermission, NotFound, RouteFailure } from './route-states.tsx'
import { Shell } from './shell.tsx'

function Screen({ feature }: { readonly feature: FeatureDescriptor }) {
  const t = useT()
  const may = usePermissions()
  useEffect(() => {
    document.title = t('app.window-title', { screen: t(feature.title) })
  }, [t, feature.title])
  if (!may(feature.permission)) return <NoPermission permission={feature.permission} />
  const { component: Component } = feature
  return (
    <Suspense fallback={null}>
      <Component />
    </Suspense>
  )
}

function toRoute(feature: FeatureDescriptor): RouteObject {
  return { path: feature.path, element: <Screen feature={feature} />, errorElement: <RouteFailure /> }
}

export function createRouter() {
  const pages = FEATURES.filter((feature) => feature.layout === 'page').map(toRoute)
  const steps = FEATURES.filter((feature) => feature.layout === 'steps').map(toRoute)
  const plain = FEATURES.filter((feature) => feature.layout === 'plain').map(toRoute)
  return createBrowserRouter([
    {
      element: <Shell layout="page" />,
      children: [{ path: '/', element: <Navigate to="/fleet" replace /> }, ...pages, { path: '*', element: <NotFound /> }],
    },
    { element: <Shell layout="steps" />, children: steps },
    { element: <Shell layout="plain" />, children: plain },
  ])
}
