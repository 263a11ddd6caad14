import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const root = new URL('../../../', import.meta.url)

/** A link of the side bar, with the heading of the document as its text. */
function page(path) {
  const heading = readFileSync(new URL(path, root), 'utf8').match(/^# (.*)$/m)[1]
  return { text: heading, link: '/' + path.replace(/README\.md$/, '').replace(/\.md$/, '') }
}

/** The documents are outside of the folder that has the packages. */
function vue(name, file) {
  const url = new URL('../node_modules/vue/' + file, import.meta.url)
  return { find: new RegExp('^' + name + '$'), replacement: fileURLToPath(url) }
}

const guide = readdirSync(new URL('docs/guide', root)).sort()

export default defineConfig({
  title: 'Ostler',
  description: 'Supervised processes for the JVM, and KV, a key-value store built on them',
  srcDir: '../..',
  outDir: './dist',
  srcExclude: ['**/target/**', '**/node_modules/**', '.github/**', 'bench/**', 'tests/**', 'docs/site/**'],
  rewrites: id => id.replace(/README\.md$/, 'index.md'),
  vite: {
    resolve: {
      alias: [vue('vue/server-renderer', 'server-renderer/index.mjs'), vue('vue', 'index.mjs')],
    },
  },
  ignoreDeadLinks: true, // links to sources; DocumentsTest checks that they exist
  themeConfig: {
    search: { provider: 'local' },
    sidebar: [
      {
        text: 'Guide',
        items: guide.filter(name => /^\d/.test(name)).map(name => page('docs/guide/' + name)),
      },
      {
        text: 'Coming from',
        items: guide.filter(name => name.startsWith('from-')).map(name => page('docs/guide/' + name)),
      },
      {
        text: 'More',
        items: ['docs/guide/finding-bugs.md', 'examples/recipes/README.md', 'docs/semantics.md', 'docs/processes.md',
          'docs/failures.md', 'docs/kv.md', 'docs/cluster.md', 'docs/observing.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].map(page),
      },
    ],
  },
})
